#include "collector/cray_pm_counters.h"

#include "base/file.h"
#include "collector/source_table.h"
#include "power/cray_pm_counters.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace ceems::collector {

namespace {

using exposition::Family;
using exposition::MetricType;

constexpr std::string_view kLabels = "domain,hostname";

constexpr std::array kAllFamilies{
    Family{"ceems_cray_pm_counters_energy_joules", MetricType::kGauge,
           "Energy as the node's controller counts it, in joules.", kLabels},
    Family{"ceems_cray_pm_counters_energy_joules_total", MetricType::kCounter,
           "Energy that was used, counted past restarts of the node's controller, in joules.", kLabels},
    Family{"ceems_cray_pm_counters_power_watts", MetricType::kGauge, "Power now, in watts.", kLabels},
    Family{"ceems_cray_pm_counters_power_limit_watts", MetricType::kGauge,
           "Power limit that is set, in watts.", kLabels},
    Family{"ceems_cray_pm_counters_temp_celsius", MetricType::kGauge, "Temperature, in degrees Celsius.",
           kLabels},
    Family{"ceems_cray_pm_counters_frozen", MetricType::kGauge,
           "Whether the node's controller has stopped to update its counters.", "hostname"},
};
constexpr std::span kFamilies = std::span(kAllFamilies).first(5);
constexpr std::span kNodeFamilies = std::span(kAllFamilies).last(1);

class CrayCollector final : public Collector {
 public:
  CrayCollector(const NodeContext& node, const CrayPmCountersOptions& options)
      : hostname_(node.hostname),
        zero_readings_(node.zero_readings),
        log_(base::Logger().with("collector", "cray_pm_counters")),
        meters_(options.meters),
        counters_(base::join_path(options.sysfs.empty() ? node.sysfs : options.sysfs, "cray/pm_counters")) {
    node_.set_rows({{{"hostname", hostname_}}});
    (void)read();
  }

  std::string_view name() const override { return "cray_pm_counters"; }
  std::span<const Family> families() const override { return kAllFamilies; }

  base::Status collect(const ScrapeContext& /*context*/) override {
    table_.clear_values();
    node_.clear_values();
    CEEMS_TRY(const auto snapshot, read());
    if (snapshot.domains.empty())
      return base::fail(base::ErrorCode::kNoData, "", "no Cray power management counters");
    if (snapshot.generation != generation_) {
      std::vector<RowLabels> rows;
      for (const power::CrayDomain& domain : snapshot.domains)
        rows.push_back({{"domain", domain.name}, {"hostname", hostname_}});
      table_.set_rows(rows);
      generation_ = snapshot.generation;
    }
    if (snapshot.frozen != frozen_) {
      if (snapshot.frozen) {
        log_.warn("the node's controller has stopped to update its counters");
      } else {
        log_.info("the node's controller updates its counters again");
      }
      frozen_ = snapshot.frozen;
    }
    node_.set(0, 0, frozen_ ? 1 : 0);
    bool any = false;
    for (std::size_t i = 0; i < snapshot.domains.size(); ++i)
      any = set_values(i, snapshot.domains[i]) || any;
    if (!any) return base::fail(base::ErrorCode::kInternal, "", "no counter can be read");
    return {};
  }

  void emit(exposition::Emitter& emitter) const override {
    table_.emit(emitter);
    node_.emit(emitter);
  }

 private:
  base::Result<power::CrayPmCounters::Snapshot> read() {
    auto snapshot = counters_.read(std::chrono::steady_clock::now());
    if (meters_) {
      const auto counts = [](const power::CrayDomain& domain) {
        return domain.name.starts_with("cpu") && domain.energy_joules.has_value();
      };
      meters_->set(Meter::kCray,
                   snapshot && !snapshot->frozen && std::ranges::any_of(snapshot->domains, counts));
    }
    return snapshot;
  }

  bool set_values(std::size_t row, const power::CrayDomain& domain) {
    const std::array<std::optional<std::uint64_t>, 5> values{
        domain.energy_joules, domain.energy_joules_total, frozen_ ? std::nullopt : domain.power_watts,
        domain.power_limit_watts, frozen_ ? std::nullopt : domain.temperature_celsius};
    bool any = false;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!values[i]) continue;
      any = true;
      const bool counter = i == 1;
      if (*values[i] > 0 || zero_readings_ || counter) table_.set(row, i, static_cast<double>(*values[i]));
    }
    return any;
  }

  const std::string hostname_;
  const bool zero_readings_;
  const base::Logger log_;
  const std::shared_ptr<Meters> meters_;
  power::CrayPmCounters counters_;
  SourceTable table_{kFamilies};
  SourceTable node_{kNodeFamilies};
  std::uint64_t generation_ = 0;
  bool frozen_ = false;
};

}  // namespace

base::Result<std::unique_ptr<Collector>> make_cray_pm_counters_collector(
    const NodeContext& node, const CrayPmCountersOptions& options) {
  return std::make_unique<CrayCollector>(node, options);
}

}  // namespace ceems::collector
