#include "collector/redfish.h"

#include "base/version.h"
#include "collector/metric_name.h"
#include "collector/source_health.h"
#include "collector/source_table.h"
#include "power/energy_accumulator.h"
#include "power/redfish.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace ceems::collector {

namespace {

using exposition::Family;
using exposition::MetricType;

constexpr std::string_view kLabels = "chassis,hostname";
constexpr std::size_t kLargestAnswer = std::size_t{1} << 20;

constexpr std::array kOwnFamilies{
    Family{"ceems_redfish_power_current_watts", MetricType::kGauge, "Power of the chassis, in watts.",
           kLabels},
    Family{"ceems_redfish_power_min_watts", MetricType::kGauge,
           "Lowest power of the chassis in the BMC's interval, in watts.", kLabels},
    Family{"ceems_redfish_power_max_watts", MetricType::kGauge,
           "Highest power of the chassis in the BMC's interval, in watts.", kLabels},
    Family{"ceems_redfish_power_avg_watts", MetricType::kGauge,
           "Average power of the chassis over the BMC's interval, in watts.", kLabels},
    Family{"ceems_redfish_energy_joules_total", MetricType::kCounter,
           "Energy that the BMC has counted for the chassis, past its restarts, in joules.", kLabels},
    Family{"ceems_redfish_current_watts", MetricType::kGauge, "Power of the chassis, in watts.", kLabels},
    Family{"ceems_redfish_min_watts", MetricType::kGauge,
           "Lowest power of the chassis in the BMC's interval, in watts.", kLabels},
    Family{"ceems_redfish_max_watts", MetricType::kGauge,
           "Highest power of the chassis in the BMC's interval, in watts.", kLabels},
    Family{"ceems_redfish_avg_watts", MetricType::kGauge,
           "Average power of the chassis over the BMC's interval, in watts.", kLabels},
};
constexpr std::size_t kEnergy = 4;
constexpr std::size_t kFirstLegacy = 5;

class RedfishCollector final : public Collector {
 public:
  RedfishCollector(const NodeContext& node, std::shared_ptr<power::RedfishMeter> meter,
                   std::chrono::milliseconds interval)
      : hostname_(node.hostname),
        zero_readings_(node.zero_readings),
        legacy_(node.legacy_metric_names),
        log_(base::Logger().with("collector", "redfish")),
        health_labels_(exposition::render_labels({{"source", "redfish"}})),
        meter_(meter),
        source_({.name = "redfish", .interval = interval},
                [meter](const std::atomic<bool>& stopping) { return meter->read(stopping); }) {}

  std::string_view name() const override { return "redfish"; }
  std::span<const Family> families() const override { return redfish_families(); }

  // Never fails as such, so that the source's health is shown above all when it is bad: outcomes() tell.
  base::Status collect(const ScrapeContext& /*context*/) override {
    const auto begin = std::chrono::steady_clock::now();
    source_.start();
    table_.clear_values();
    auto view = source_.view();
    health_ = std::move(view.health);
    say();
    if (view.snapshot) set_values(view.snapshot->chassis);
    outcome_[0].success = view.snapshot != nullptr && !health_.problem;
    outcome_[0].seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return {};
  }
  std::span<const Outcome> outcomes() const override { return outcome_; }

  void emit(exposition::Emitter& emitter) const override {
    table_.emit(emitter);
    emit_source_health(emitter, health_labels_, health_);
  }

  void stop() override {
    left_behind_ = !source_.stop(std::chrono::milliseconds(200));
    if (!left_behind_) meter_->end_session();
  }
  bool left_thread_behind() const override { return left_behind_; }

 private:
  void set_values(const std::vector<power::RedfishPower>& chassis) {
    std::vector<RowLabels> rows;
    for (const power::RedfishPower& one : chassis)
      rows.push_back({{"chassis", metric_name_part(one.chassis)}, {"hostname", hostname_}});
    if (rows != rows_) {
      table_.set_rows(rows);
      rows_ = std::move(rows);
    }
    for (std::size_t row = 0; row < chassis.size(); ++row) {
      const power::RedfishPower& one = chassis[row];
      const std::array<std::optional<double>, 4> watts{one.current, one.minimum, one.maximum, one.average};
      for (std::size_t i = 0; i < watts.size(); ++i) {
        if (!watts[i] || (*watts[i] <= 0 && !zero_readings_)) continue;
        table_.set(row, i, *watts[i]);
        if (legacy_) table_.set(row, kFirstLegacy + i, *watts[i]);
      }
      if (one.energy_joules) {
        const auto joules = static_cast<std::uint64_t>(*one.energy_joules);
        table_.set(row, kEnergy, static_cast<double>(energies_[one.chassis].add(joules)));
      }
    }
  }

  // Once for each change.
  void say() {
    const bool failing = health_.problem.has_value();
    if (failing == failing_) return;
    failing_ = failing;
    if (failing) {
      log_.warn("Redfish can't be read; it is tried again from time to time", {{"error", *health_.problem}});
    } else {
      log_.info("Redfish can be read");
    }
  }

  const std::string hostname_;
  const bool zero_readings_;
  const bool legacy_;
  const base::Logger log_;
  const std::string health_labels_;
  SourceTable table_{kOwnFamilies};
  std::vector<RowLabels> rows_;
  std::map<std::string, power::EnergyAccumulator, std::less<>> energies_;  // by chassis
  power::SourceHealth health_;
  std::array<Outcome, 1> outcome_{Outcome{"redfish", "", 0, false}};
  bool failing_ = false;
  bool left_behind_ = false;
  const std::shared_ptr<power::RedfishMeter> meter_;  // used by the source's thread while it runs
  power::Background<power::RedfishSnapshot> source_;
};

}  // namespace

std::span<const Family> redfish_families() {
  static const std::vector<Family> kEach = with_source_health(kOwnFamilies);
  return kEach;
}

base::Result<std::unique_ptr<Collector>> make_redfish_collector(const NodeContext& node,
                                                                const RedfishOptions& options) {
  CEEMS_TRY(auto config,
            power::load_redfish_config(options.config_file, options.expand_environment, node.hostname));
  for (const std::string& warning : config.warnings)
    base::Logger().with("collector", "redfish").warn(warning);
  CEEMS_TRY(auto client,
            http::Client::create({.config = config.client,
                                  .user_agent = fmt::format("ceems_exporter/{}", base::version().version),
                                  .connect_timeout = config.timeout,
                                  .timeout = config.timeout,
                                  .max_body_bytes = kLargestAnswer}));
  return std::make_unique<RedfishCollector>(
      node, std::make_shared<power::RedfishMeter>(std::move(config), std::move(client)), options.interval);
}

}  // namespace ceems::collector
