#include "collector/emissions.h"

#include "grid/provider.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

namespace ceems::collector {

namespace {

using exposition::Family;
using exposition::MetricType;

constexpr std::array kFamilies{
    Family{"ceems_emissions_gCo2_kWh", MetricType::kGauge,
           "Emissions of a kilowatt-hour of electricity, in grams of CO2 equivalent.",
           "country,country_code,provider,provider_name"},
};

class EmissionsCollector final : public Collector {
 public:
  explicit EmissionsCollector(std::vector<std::unique_ptr<grid::Provider>> providers)
      : log_(base::Logger().with("collector", "emissions")),
        providers_(std::move(providers)),
        tables_(providers_.size()),
        lacking_(providers_.size(), false) {}

  std::string_view name() const override { return "emissions"; }
  std::span<const Family> families() const override { return kFamilies; }

  base::Status collect(const ScrapeContext& /*context*/) override {
    bool changed = false;
    for (std::size_t i = 0; i < providers_.size(); ++i) {
      auto table = providers_[i]->factors();
      const bool lacks = table == nullptr || table->empty();
      if (lacks != lacking_[i]) {
        const base::LogFields fields{{"provider", providers_[i]->id()}};
        if (lacks) {
          log_.error("no emission factors", fields);
        } else {
          log_.info("emission factors are there", fields);
        }
        lacking_[i] = lacks;
      }
      changed = changed || table != tables_[i];
      tables_[i] = std::move(table);
    }
    if (changed) render();
    return {};
  }

  void emit(exposition::Emitter& emitter) const override {
    emitter.begin(kFamilies[0]);
    for (const Row& row : rows_)
      emitter.sample(row.labels, row.grams_per_kwh);
  }

 private:
  struct Row {
    std::string labels;
    double grams_per_kwh = 0;
  };

  void render() {
    std::vector<const grid::EmissionFactor*> factors;
    for (const auto& table : tables_) {
      if (!table) continue;
      for (const grid::EmissionFactor& factor : *table) {
        if (factor.grams_per_kwh > 0) factors.push_back(&factor);
      }
    }
    std::ranges::sort(factors, {}, [](const grid::EmissionFactor* f) {
      return std::tie(f->country, f->country_code, f->provider, f->provider_name);
    });
    rows_.clear();
    for (const grid::EmissionFactor* f : factors) {
      rows_.push_back({exposition::render_labels({{"provider", f->provider},
                                                  {"provider_name", f->provider_name},
                                                  {"country_code", f->country_code},
                                                  {"country", f->country}}),
                       f->grams_per_kwh});
    }
  }

  const base::Logger log_;
  std::vector<std::unique_ptr<grid::Provider>> providers_;
  std::vector<std::shared_ptr<const grid::FactorTable>> tables_;  // what rows_ was made of
  std::vector<bool> lacking_;
  std::vector<Row> rows_;
};

}  // namespace

std::vector<std::string> emission_provider_names() {
  const auto names = grid::provider_names();
  return {names.begin(), names.end()};
}

base::Result<std::unique_ptr<Collector>> make_emissions_collector(const NodeContext& /*node*/,
                                                                  const EmissionsOptions& options) {
  CEEMS_TRY(auto providers, grid::make_providers(options.providers, {options.owid_file}));
  return std::make_unique<EmissionsCollector>(std::move(providers));
}

}  // namespace ceems::collector
