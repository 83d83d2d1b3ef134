#include "collector/emissions.h"

#include "base/version.h"
#include "collector/source_health.h"

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace ceems::collector {

namespace {

using exposition::Family;
using exposition::MetricType;

constexpr std::array kOwnFamilies{
    Family{"ceems_emissions_gCo2_kWh", MetricType::kGauge,
           "Emissions of a kilowatt-hour of electricity, in grams of CO2 equivalent.",
           "country,country_code,provider,provider_name"},
    Family{"ceems_emissions_age_seconds", MetricType::kGauge,
           "Age of an emission factor: since the time that the provider says it is of.",
           "country_code,provider"},
    Family{"ceems_emissions_estimated", MetricType::kGauge,
           "Whether the provider has only estimated its emission factor so far.", "country_code,provider"},
    Family{"ceems_emissions_provider_info", MetricType::kGauge,
           "What a provider's emission factors are: of the average mix or of marginal plants, over the life "
           "cycle or of generation alone.",
           "provider,provider_name,scope,signal"},
};

std::span<const Family> all_families() {
  static const auto families = with_source_health(kOwnFamilies);
  return families;
}

std::vector<std::string> sorted_info_labels(const std::vector<std::unique_ptr<grid::Provider>>& providers) {
  std::vector<std::string> labels;
  for (const auto& provider : providers) {
    const grid::ProviderInfo& info = provider->info();
    labels.push_back(exposition::render_labels({{"provider", info.id},
                                                {"provider_name", info.name},
                                                {"scope", info.scope},
                                                {"signal", info.signal}}));
  }
  std::ranges::sort(labels);
  return labels;
}

power::SourceHealth source_health(const grid::ProviderHealth& health) {
  return {.started = health.started,
          .readings = health.polls,
          .errors = health.errors,
          .last_success = health.last_success,
          .age = health.age,
          .problem = health.problem};
}

class EmissionsCollector final : public Collector {
 public:
  EmissionsCollector(std::vector<std::unique_ptr<grid::Provider>> providers,
                     std::chrono::milliseconds max_age, std::function<grid::Instant()> now)
      : max_age_(max_age),
        now_(std::move(now)),
        providers_(std::move(providers)),
        tables_(providers_.size()),
        info_labels_(sorted_info_labels(providers_)) {
    std::ranges::sort(providers_, {}, [](const auto& provider) { return provider->info().id; });
  }

  std::string_view name() const override { return "emissions"; }
  std::span<const Family> families() const override { return all_families(); }

  base::Status collect(const ScrapeContext& /*context*/) override {
    bool changed = false;
    health_.clear();
    for (std::size_t i = 0; i < providers_.size(); ++i) {
      providers_[i]->start();
      auto table = providers_[i]->factors();
      changed = changed || table != tables_[i];
      tables_[i] = std::move(table);
      if (const auto health = providers_[i]->health()) {
        health_.push_back(
            {exposition::render_labels({{"source", fmt::format("emissions-{}", providers_[i]->info().id)}}),
             source_health(*health)});
      }
    }
    if (changed) render();
    collected_ = now_();
    return {};
  }

  void emit(exposition::Emitter& emitter) const override {
    emitter.begin(kOwnFamilies[0]);
    for (const Row& row : rows_) {
      if (is_shown(row)) emitter.sample(row.labels, row.grams_per_kwh);
    }
    emit_details(emitter);
    emitter.begin(kOwnFamilies[3]);
    for (const std::string& labels : info_labels_)
      emitter.sample(labels, 1);
    emit_source_health(emitter, health_);
  }

  void stop() override {
    constexpr std::chrono::milliseconds kGrace{200};
    for (const auto& provider : providers_)
      left_behind_ = !provider->stop(kGrace) || left_behind_;
  }
  bool left_thread_behind() const override { return left_behind_; }

 private:
  struct Row {
    std::string labels;
    double grams_per_kwh = 0;
    std::optional<grid::Instant> time;
  };
  // Of factors that have a time, in the order of their own labels.
  struct Detail {
    std::string labels;
    grid::Instant time;
    std::optional<bool> estimated;
  };

  bool is_shown(const Row& row) const {
    return max_age_.count() == 0 || !row.time || collected_ - *row.time <= max_age_;
  }

  void emit_details(exposition::Emitter& emitter) const {
    if (details_.empty()) return;
    emitter.begin(kOwnFamilies[1]);
    for (const Detail& detail : details_)
      emitter.sample(detail.labels, std::chrono::duration<double>(collected_ - detail.time).count());
    bool begun = false;
    for (const Detail& detail : details_) {
      if (!detail.estimated) continue;
      if (!begun) emitter.begin(kOwnFamilies[2]);
      begun = true;
      emitter.sample(detail.labels, *detail.estimated ? 1 : 0);
    }
  }

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
                       f->grams_per_kwh, f->time});
    }
    std::erase_if(factors, [](const grid::EmissionFactor* f) { return !f->time; });
    std::ranges::sort(factors, {},
                      [](const grid::EmissionFactor* f) { return std::tie(f->country_code, f->provider); });
    details_.clear();
    for (const grid::EmissionFactor* f : factors) {
      details_.push_back(
          {exposition::render_labels({{"provider", f->provider}, {"country_code", f->country_code}}),
           *f->time, f->estimated});
    }
  }

  const std::chrono::milliseconds max_age_;
  const std::function<grid::Instant()> now_;
  std::vector<std::unique_ptr<grid::Provider>> providers_;
  std::vector<std::shared_ptr<const grid::FactorTable>> tables_;  // what rows_ was made of
  const std::vector<std::string> info_labels_;
  std::vector<Row> rows_;
  std::vector<Detail> details_;
  std::vector<LabelledHealth> health_;
  grid::Instant collected_;
  bool left_behind_ = false;
};

grid::Instant system_time() {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

}  // namespace

std::vector<std::string> emission_provider_names() {
  const auto names = grid::provider_names();
  return {names.begin(), names.end()};
}

base::Result<std::unique_ptr<Collector>> make_emissions_collector(const NodeContext& /*node*/,
                                                                  const EmissionsOptions& options) {
  grid::ProviderOptions grid;
  grid.owid_file = options.owid_file;
  grid.user_agent = fmt::format("ceems_exporter/{}", base::version().version);
  grid.rte = {.url = options.rte_url, .interval = options.interval};
  grid.electricity_maps = {.url = options.emaps_url, .interval = options.interval};
  grid.electricity_maps_zones = options.emaps_zones;
  grid.watttime = {.url = options.wt_url, .interval = options.interval};
  if (options.environment) grid::add_environment(grid);
  CEEMS_TRY(auto providers, grid::make_providers(options.providers, grid));
  return make_emissions_collector(std::move(providers), options.max_age, system_time);
}

std::unique_ptr<Collector> make_emissions_collector(std::vector<std::unique_ptr<grid::Provider>> providers,
                                                    std::chrono::milliseconds max_age,
                                                    std::function<grid::Instant()> now) {
  return std::make_unique<EmissionsCollector>(std::move(providers), max_age, std::move(now));
}

}  // namespace ceems::collector
