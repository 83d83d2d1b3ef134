#include "collector/hwmon.h"

#include "base/file.h"
#include "collector/privileged_file.h"
#include "collector/source_table.h"
#include "power/hwmon.h"

#include <array>
#include <utility>
#include <vector>

namespace ceems::collector {

namespace {

using exposition::Family;
using exposition::MetricType;
using power::HwmonQuantity;

constexpr std::string_view kLabels = "chip,chip_name,hostname,index,sensor";

constexpr std::array kAllFamilies{
    Family{"ceems_hwmon_power_current_watts", MetricType::kGauge,
           "Power that the sensor shows now, in watts.", kLabels},
    Family{"ceems_hwmon_power_avg_watts", MetricType::kGauge,
           "Power over the sensor's averaging interval, in watts.", kLabels},
    Family{"ceems_hwmon_power_min_watts", MetricType::kGauge,
           "Lowest power since the sensor's reset, in watts.", kLabels},
    Family{"ceems_hwmon_power_max_watts", MetricType::kGauge,
           "Highest power since the sensor's reset, in watts.", kLabels},
    Family{"ceems_hwmon_power_cap_watts", MetricType::kGauge, "Power limit that is set, in watts.", kLabels},
    Family{"ceems_hwmon_power_average_interval_seconds", MetricType::kGauge,
           "Interval over which the sensor averages power, in seconds.", kLabels},
    Family{"ceems_hwmon_energy_current_joules", MetricType::kGauge,
           "Energy as the sensor counts it, in joules.", kLabels},
    Family{"ceems_hwmon_energy_joules_total", MetricType::kCounter,
           "Energy that the sensor has counted, past its wraps and restarts, in joules.", kLabels},
    Family{"ceems_hwmon_sensor_label_info", MetricType::kGauge,
           "Name that the driver gives the sensor; always 1.", "chip,chip_name,hostname,index,label,sensor"},
};
constexpr std::size_t kEnergyTotal = 7;
constexpr std::span kFamilies = std::span(kAllFamilies).first(8);
constexpr std::span kInfoFamilies = std::span(kAllFamilies).last(1);

class HwmonCollector final : public Collector {
 public:
  explicit HwmonCollector(const NodeContext& node)
      : hostname_(node.hostname),
        zero_readings_(node.zero_readings),
        log_(base::Logger().with("collector", "hwmon")),
        meter_(base::join_path(node.sysfs, "class/hwmon"), open_privileged),
        needs_privilege_(meter_.needs_privilege()) {}

  std::string_view name() const override { return "hwmon"; }
  std::span<const Family> families() const override { return kAllFamilies; }
  std::span<const std::string_view> capabilities() const override {
    return needs_privilege_ ? std::span<const std::string_view>(kReadAnyFile)
                            : std::span<const std::string_view>();
  }

  base::Status collect(const ScrapeContext& /*context*/) override {
    table_.clear_values();
    info_.clear_values();
    CEEMS_TRY(const power::HwmonMeter::Snapshot snapshot, meter_.read());
    if (snapshot.generation != generation_) set_rows(snapshot.sensors);
    generation_ = snapshot.generation;
    if (snapshot.sensors.empty())
      return base::fail(base::ErrorCode::kNoData, "", "no power or energy sensor on this machine");
    bool any = false;
    for (std::size_t i = 0; i < snapshot.readings.size(); ++i)
      any = set_values(i, snapshot.readings[i]) || any;
    for (std::size_t i = 0; i < labelled_; ++i)
      info_.set(i, 0, 1);
    say(snapshot);
    if (!any && snapshot.problem) return base::wrap(*snapshot.problem, "no sensor can be read");
    return {};
  }

  void emit(exposition::Emitter& emitter) const override {
    table_.emit(emitter);
    info_.emit(emitter);
  }

 private:
  void set_rows(std::span<const power::HwmonSensorId> sensors) {
    std::vector<RowLabels> rows;
    std::vector<RowLabels> labelled;
    for (const power::HwmonSensorId& id : sensors) {
      rows.push_back({{"chip", id.chip},
                      {"chip_name", id.chip_name},
                      {"hostname", hostname_},
                      {"index", id.index},
                      {"sensor", id.sensor}});
      if (id.label.empty()) continue;
      labelled.push_back(rows.back());
      labelled.back().insert(labelled.back().begin() + 4, {"label", id.label});
    }
    table_.set_rows(rows);
    info_.set_rows(labelled);
    labelled_ = labelled.size();
  }

  // Whether there was anything.
  bool set_values(std::size_t row, const power::HwmonReading& reading) {
    bool any = false;
    for (std::size_t q = 0; q < power::kHwmonQuantities; ++q) {
      const auto& value = reading.values[q];
      if (!value) continue;
      any = true;
      const bool milli = q == static_cast<std::size_t>(HwmonQuantity::kAverageInterval);
      if (*value > 0 || (*value == 0 && zero_readings_))
        table_.set(row, q, static_cast<double>(*value) / (milli ? 1e3 : 1e6));
    }
    if (reading.energy_microjoules)
      table_.set(row, kEnergyTotal, static_cast<double>(*reading.energy_microjoules) / 1e6);
    return any;
  }

  // Once for each change.
  void say(const power::HwmonMeter::Snapshot& snapshot) {
    if (snapshot.unreadable == unreadable_) return;
    unreadable_ = snapshot.unreadable;
    if (snapshot.problem) {
      log_.warn("sensors can't be read", {{"files", unreadable_}, {"error", *snapshot.problem}});
    } else {
      log_.info("all sensors can be read again");
    }
  }

  const std::string hostname_;
  const bool zero_readings_;
  const base::Logger log_;
  power::HwmonMeter meter_;
  const bool needs_privilege_;
  SourceTable table_{kFamilies};
  SourceTable info_{kInfoFamilies};
  std::size_t labelled_ = 0;
  std::uint64_t generation_ = 0;
  std::size_t unreadable_ = 0;
};

}  // namespace

base::Result<std::unique_ptr<Collector>> make_hwmon_collector(const NodeContext& node) {
  return std::make_unique<HwmonCollector>(node);
}

}  // namespace ceems::collector
