#include "collector/ipmi.h"

#include "base/file.h"
#include "base/privilege.h"
#include "base/process.h"
#include "base/text.h"
#include "collector/ipmi_access.h"
#include "collector/source_health.h"
#include "collector/source_table.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace ceems::collector {

namespace {

using exposition::Family;
using exposition::MetricType;

constexpr std::array kOwnFamilies{
    Family{"ceems_ipmi_dcmi_power_current_watts", MetricType::kGauge,
           "Power of the node now, by DCMI, in watts.", "hostname"},
    Family{"ceems_ipmi_dcmi_power_min_watts", MetricType::kGauge,
           "Lowest power of the node in DCMI's sampling period, in watts.", "hostname"},
    Family{"ceems_ipmi_dcmi_power_max_watts", MetricType::kGauge,
           "Highest power of the node in DCMI's sampling period, in watts.", "hostname"},
    Family{"ceems_ipmi_dcmi_power_avg_watts", MetricType::kGauge,
           "Average power of the node over DCMI's sampling period, in watts.", "hostname"},
    Family{"ceems_ipmi_dcmi_sampling_period_seconds", MetricType::kGauge,
           "DCMI's sampling period, where the BMC tells it.", "hostname"},
    Family{"ceems_ipmi_dcmi_current_watts", MetricType::kGauge, "Power of the node now, by DCMI, in watts.",
           "hostname"},
    Family{"ceems_ipmi_dcmi_min_watts", MetricType::kGauge,
           "Lowest power of the node in DCMI's sampling period, in watts.", "hostname"},
    Family{"ceems_ipmi_dcmi_max_watts", MetricType::kGauge,
           "Highest power of the node in DCMI's sampling period, in watts.", "hostname"},
    Family{"ceems_ipmi_dcmi_avg_watts", MetricType::kGauge,
           "Average power of the node over DCMI's sampling period, in watts.", "hostname"},
    Family{"ceems_ipmi_dcmi_frozen", MetricType::kGauge,
           "Whether DCMI's power readings have been the same for minutes.", "hostname"},
    Family{"ceems_ipmi_sensor_reading_current", MetricType::kGauge, "What a sensor of the BMC reads.",
           "hostname,sensorname,sensorunits"},
};
constexpr std::size_t kPeriod = 4;
constexpr std::size_t kFirstLegacy = 5;
constexpr std::size_t kFrozen = 9;
constexpr std::size_t kNodeFamilies = 10;
constexpr std::array<std::string_view, 3> kCapabilities{"CAP_DAC_OVERRIDE", "CAP_SETUID", "CAP_SETGID"};

class IpmiCollector final : public Collector {
 public:
  IpmiCollector(const NodeContext& node, power::IpmiMeter meter, std::chrono::milliseconds interval,
                std::span<const std::string_view> capabilities)
      : hostname_(node.hostname),
        capabilities_(capabilities),
        zero_readings_(node.zero_readings),
        legacy_(node.legacy_metric_names),
        log_(base::Logger().with("collector", "ipmi")),
        health_labels_(exposition::render_labels({{"source", "ipmi"}})),
        source_({.name = "ipmi", .interval = interval},
                [meter = std::make_shared<power::IpmiMeter>(std::move(meter))](
                    const std::atomic<bool>& stopping) { return meter->read(stopping); }) {
    node_.set_rows({{{"hostname", hostname_}}});
  }

  std::string_view name() const override { return "ipmi"; }
  std::span<const Family> families() const override {
    static const std::vector<Family> kEach = with_source_health(kOwnFamilies);
    return kEach;
  }
  std::span<const std::string_view> capabilities() const override { return capabilities_; }

  // Never fails as such, so that the source's health is shown above all when it is bad: outcomes() tell.
  base::Status collect(const ScrapeContext& /*context*/) override {
    const auto begin = std::chrono::steady_clock::now();
    source_.start();
    node_.clear_values();
    sensors_.clear_values();
    auto view = source_.view();
    health_ = std::move(view.health);
    say();
    if (view.snapshot) {
      if (view.snapshot->power) {
        set_power(*view.snapshot->power);
        node_.set(0, kFrozen, view.snapshot->power_frozen ? 1 : 0);
      }
      set_sensors(view.snapshot->sensors);
    }
    outcome_[0].success = view.snapshot != nullptr && !health_.problem;
    outcome_[0].seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return {};
  }
  std::span<const Outcome> outcomes() const override { return outcome_; }

  void emit(exposition::Emitter& emitter) const override {
    node_.emit(emitter);
    sensors_.emit(emitter);
    emit_source_health(emitter, health_labels_, health_);
  }

  void stop() override { left_behind_ = !source_.stop(std::chrono::milliseconds(200)); }
  bool left_thread_behind() const override { return left_behind_; }

 private:
  void set_power(const power::DcmiPower& power) {
    const std::array<std::optional<double>, 4> values{power.current, power.minimum, power.maximum,
                                                      power.average};
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!values[i] || (*values[i] <= 0 && !zero_readings_)) continue;
      node_.set(0, i, *values[i]);
      if (legacy_) node_.set(0, kFirstLegacy + i, *values[i]);
    }
    if (power.period) node_.set(0, kPeriod, std::chrono::duration<double>(*power.period).count());
  }

  void set_sensors(const std::vector<power::IpmiSensorReading>& readings) {
    std::vector<RowLabels> rows;
    for (const power::IpmiSensorReading& reading : readings)
      rows.push_back({{"hostname", hostname_},
                      {"sensorname", reading.name},
                      {"sensorunits", std::string(reading.unit)}});
    if (rows != sensor_rows_) {
      sensors_.set_rows(rows);
      sensor_rows_ = std::move(rows);
    }
    for (std::size_t i = 0; i < readings.size(); ++i) {
      const bool counter = readings[i].unit_code == power::kIpmiJoules;
      const bool temperature = readings[i].unit_code == power::kIpmiCelsius;
      const double value = readings[i].value;
      if (value > 0 || temperature || (value == 0 && (zero_readings_ || counter))) sensors_.set(i, 0, value);
    }
  }

  // Once for each change.
  void say() {
    const bool failing = health_.problem.has_value();
    if (failing == failing_) return;
    failing_ = failing;
    if (!failing) {
      log_.info("the BMC can be read");
    } else if (health_.problem->code == base::ErrorCode::kNoData) {
      log_.info("no BMC on this machine; it is looked for again from time to time",
                {{"error", *health_.problem}});
    } else {
      log_.warn("the BMC can't be read; it is tried again from time to time", {{"error", *health_.problem}});
    }
  }

  const std::string hostname_;
  const std::span<const std::string_view> capabilities_;  // of kCapabilities
  const bool zero_readings_;
  const bool legacy_;
  const base::Logger log_;
  const std::string health_labels_;
  SourceTable node_{std::span(kOwnFamilies).first(kNodeFamilies)};
  SourceTable sensors_{std::span(kOwnFamilies).subspan(kNodeFamilies, 1)};
  std::vector<RowLabels> sensor_rows_;
  power::SourceHealth health_;
  std::array<Outcome, 1> outcome_{Outcome{"ipmi", "", 0, false}};
  bool failing_ = false;
  bool left_behind_ = false;
  power::Background<power::IpmiSnapshot> source_;
};

base::Result<power::DcmiPower> run_privileged_command(const power::DcmiCommandOptions& command) {
  if (command.way != power::DcmiWay::kAsRoot) return power::run_dcmi_command(command);
  std::optional<base::Result<power::DcmiPower>> result;
  base::run_privileged(std::span(kCapabilities).last(2),
                       [&] { result.emplace(power::run_dcmi_command(command)); });
  if (!result)
    return base::fail(base::ErrorCode::kInternal, command.arguments.front(), "no thread to run it");
  return *std::move(result);
}

bool can_become_root() {
  const std::vector<std::string> permitted = base::permitted_capabilities();
  return std::ranges::find(permitted, "CAP_SETUID") != permitted.end();
}

std::vector<power::DcmiWay> ways_to_run(const IpmiOptions& options) {
  if (options.test_mode) return {power::DcmiWay::kAsIs};
  if (can_become_root()) return {power::DcmiWay::kAsRoot};
  return {power::DcmiWay::kAsIs, power::DcmiWay::kSudo};
}

base::Result<power::IpmiSensorChoice> sensor_choice(const IpmiOptions& options) {
  power::IpmiSensorChoice choice{.power_and_energy = options.power_energy_sensors,
                                 .temperature = options.temperature_sensors,
                                 .numbers = {}};
  for (const std::string& text : options.sensors) {
    const auto number = base::parse_u64(text);
    if (!number || *number > 255)
      return base::fail(base::ErrorCode::kInvalid, "--collector.ipmi.sensor-id", "no number up to 255: '{}'",
                        text);
    choice.numbers.push_back(static_cast<std::uint8_t>(*number));
  }
  return choice;
}

}  // namespace

bool ipmi_may_use_sudo(const IpmiOptions& options) {
  if (options.force_native) return false;
  const auto ways = ways_to_run(options);
  return std::ranges::find(ways, power::DcmiWay::kSudo) != ways.end();
}

std::unique_ptr<Collector> make_ipmi_collector(const NodeContext& node, power::IpmiMeter meter,
                                               std::chrono::milliseconds interval) {
  return std::make_unique<IpmiCollector>(node, std::move(meter), interval,
                                         std::span<const std::string_view>());
}

base::Result<std::unique_ptr<Collector>> make_ipmi_collector(const NodeContext& node,
                                                             const IpmiOptions& options) {
  CEEMS_TRY(auto device, make_privileged_ipmi_device(options.device_directory, options.device_number,
                                                     "--collector.ipmi.dev-num"));
  if (options.test_mode) device.reset();
  CEEMS_TRY(auto choice, sensor_choice(options));
  power::DcmiCommandOptions command;
  const bool given = !options.command.empty() && !options.force_native;
  if (given) {
    CEEMS_TRY(command.arguments, power::split_command(options.command));
    if (auto program = base::find_program(command.arguments.front(), options.search_path))
      command.arguments.front() = *std::move(program);
  } else if (!options.force_native) {
    command.arguments = power::find_dcmi_command(options.search_path);
  }
  std::vector<power::DcmiWay> ways = ways_to_run(options);
  if (given && command.arguments.front().ends_with("sudo")) std::erase(ways, power::DcmiWay::kSudo);
  command.sudo = base::find_program("sudo", options.search_path).value_or("sudo");
  std::string name = command.arguments.empty() ? "" : command.arguments.front();
  power::IpmiMeter::Command run;
  if (!command.arguments.empty()) {
    auto runner = std::make_shared<power::DcmiCommand>(std::move(command), ways, run_privileged_command);
    run = [runner] { return runner->run(); };
  }
  // The device is for root alone, and a program that is run becomes root.
  const std::span all(kCapabilities);
  const bool becomes_root = run && ways.front() == power::DcmiWay::kAsRoot;
  const auto capabilities = options.test_mode ? all.first(0) : becomes_root ? all : all.first(1);
  return std::make_unique<IpmiCollector>(
      node, power::IpmiMeter(std::move(device), std::move(run), std::move(name), given, std::move(choice)),
      options.interval, capabilities);
}

}  // namespace ceems::collector
