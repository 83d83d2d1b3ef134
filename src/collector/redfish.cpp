#include "collector/redfish.h"

#include "base/version.h"
#include "collector/ipmi_access.h"
#include "collector/metric_name.h"
#include "collector/source_health.h"
#include "collector/source_table.h"
#include "power/bmc_address.h"
#include "power/energy_accumulator.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <span>
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
    Family{"ceems_redfish_frozen", MetricType::kGauge,
           "Whether all numbers of the chassis have been the same for minutes.", kLabels},
    Family{
        "ceems_redfish_chassis_info", MetricType::kGauge,
        "Always 1; the labels say what the chassis is, which one holds it, and what its power is read from.",
        "chassis,chassis_type,contained_by,hostname,source"},
};
constexpr std::size_t kEnergy = 4;
constexpr std::size_t kFirstLegacy = 5;
constexpr std::size_t kFrozen = 9;
constexpr std::size_t kInfo = 10;

class RedfishCollector final : public Collector {
 public:
  RedfishCollector(const NodeContext& node, std::shared_ptr<power::RedfishMeter> meter,
                   std::chrono::milliseconds interval, std::span<const std::string_view> capabilities)
      : hostname_(node.hostname),
        capabilities_(capabilities),
        zero_readings_(node.zero_readings),
        legacy_(node.legacy_metric_names),
        log_(base::Logger().with("collector", "redfish")),
        health_labels_(exposition::render_labels({{"source", "redfish"}})),
        meter_(meter),
        source_({.name = "redfish", .interval = interval},
                [meter](const std::atomic<bool>& stopping) { return meter->read(stopping); }) {}

  std::string_view name() const override { return "redfish"; }
  std::span<const Family> families() const override { return redfish_families(); }
  std::span<const std::string_view> capabilities() const override { return capabilities_; }

  // Never fails as such, so that the source's health is shown above all when it is bad: outcomes() tell.
  base::Status collect(const ScrapeContext& /*context*/) override {
    const auto begin = std::chrono::steady_clock::now();
    source_.start();
    table_.clear_values();
    info_.clear_values();
    auto view = source_.view();
    health_ = std::move(view.health);
    say();
    if (view.snapshot) {
      set_values(view.snapshot->chassis);
      say_what_is_missing(view.snapshot->problem);
    }
    outcome_[0].success = view.snapshot != nullptr && !health_.problem;
    outcome_[0].seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return {};
  }
  std::span<const Outcome> outcomes() const override { return outcome_; }

  void emit(exposition::Emitter& emitter) const override {
    table_.emit(emitter);
    info_.emit(emitter);
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
    std::vector<RowLabels> infos;
    for (const power::RedfishPower& one : chassis) {
      const std::string id = metric_name_part(one.chassis);
      rows.push_back({{"chassis", id}, {"hostname", hostname_}});
      infos.push_back({{"chassis", id},
                       {"chassis_type", one.type},
                       {"contained_by", metric_name_part(one.contained_by)},
                       {"hostname", hostname_},
                       {"source", one.source}});
    }
    if (rows != rows_) {
      table_.set_rows(rows);
      rows_ = std::move(rows);
    }
    if (infos != infos_) {
      info_.set_rows(infos);
      infos_ = std::move(infos);
    }
    for (std::size_t row = 0; row < chassis.size(); ++row) {
      const power::RedfishPower& one = chassis[row];
      say_frozen(one);
      const std::array<std::optional<double>, 4> watts{one.current, one.minimum, one.maximum, one.average};
      for (std::size_t i = 0; i < watts.size(); ++i) {
        if (!watts[i] || (*watts[i] <= 0 && !zero_readings_)) continue;
        table_.set(row, i, *watts[i]);
        if (legacy_) table_.set(row, kFirstLegacy + i, *watts[i]);
      }
      if (one.energy_joules) {
        const auto joules = static_cast<std::uint64_t>(*one.energy_joules);
        // Counters of Redfish don't wrap; they start again.
        auto& energy =
            energies_.try_emplace(one.chassis, power::EnergyAccumulator::Wraps::kNever).first->second;
        table_.set(row, kEnergy, static_cast<double>(energy.add(joules)));
      }
      table_.set(row, kFrozen, one.frozen ? 1 : 0);
      info_.set(row, 0, 1);
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

  // The rest is read.
  void say_what_is_missing(const std::optional<base::Error>& problem) {
    const std::string text = problem ? problem->text() : "";
    if (text == missing_) return;
    missing_ = text;
    if (problem && problem->code != base::ErrorCode::kNoData)
      log_.warn("a chassis can't be read", {{"error", *problem}});
  }

  void say_frozen(const power::RedfishPower& one) {
    const bool known = frozen_.contains(one.chassis);
    if (one.frozen == known) return;
    if (one.frozen) {
      frozen_.insert(one.chassis);
      log_.warn("the power of a chassis has not changed for minutes: its meter may have stopped",
                {{"chassis", one.chassis}});
    } else {
      frozen_.erase(one.chassis);
      log_.info("the power of the chassis changes again", {{"chassis", one.chassis}});
    }
  }

  const std::string hostname_;
  const std::span<const std::string_view> capabilities_;
  const bool zero_readings_;
  const bool legacy_;
  const base::Logger log_;
  const std::string health_labels_;
  SourceTable table_{std::span(kOwnFamilies).first(kInfo)};
  SourceTable info_{std::span(kOwnFamilies).subspan(kInfo)};
  std::vector<RowLabels> rows_;
  std::vector<RowLabels> infos_;
  std::set<std::string, std::less<>> frozen_;  // ids
  std::string missing_;                        // what was last said of chassis that can't be read
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

std::unique_ptr<Collector> make_redfish_collector(const NodeContext& node,
                                                  std::shared_ptr<power::RedfishMeter> meter,
                                                  std::chrono::milliseconds interval) {
  return std::make_unique<RedfishCollector>(node, std::move(meter), interval,
                                            std::span<const std::string_view>());
}

base::Result<std::unique_ptr<Collector>> make_redfish_collector(const NodeContext& node,
                                                                const RedfishOptions& options) {
  power::RedfishMeterOptions meter;
  CEEMS_TRY(meter.config,
            power::load_redfish_config(options.config_file, options.expand_environment, node.hostname));
  for (const std::string& warning : meter.config.warnings)
    base::Logger().with("collector", "redfish").warn(warning);
  std::span<const std::string_view> capabilities;
  if (meter.config.host.empty()) {
    CEEMS_TRY(std::shared_ptr<power::IpmiTransport> device,
              make_privileged_ipmi_device(options.device_directory, options.device_number,
                                          "--collector.ipmi.dev-num"));
    meter.find_host = [device]() -> base::Result<std::string> {
      auto address = power::ask_bmc_address(*device);
      if (!address)
        return base::wrap(address.error(), "the file names no hostname, and the BMC can't be asked");
      return power::name_of_address(*address);
    };
    capabilities = kOpenIpmiDevice;
  }
  CEEMS_TRY(auto client,
            http::Client::create({.config = meter.config.client,
                                  .user_agent = fmt::format("ceems_exporter/{}", base::version().version),
                                  .connect_timeout = meter.config.timeout,
                                  .timeout = meter.config.timeout,
                                  .max_body_bytes = kLargestAnswer}));
  return std::make_unique<RedfishCollector>(
      node, std::make_shared<power::RedfishMeter>(std::move(meter), std::move(client)), options.interval,
      capabilities);
}

}  // namespace ceems::collector
