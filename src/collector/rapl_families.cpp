#include "collector/rapl_families.h"

#include "collector/metric_name.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace ceems::collector {

namespace {

using exposition::Family;
using exposition::MetricType;

constexpr std::string_view kEnergyHelp = "Energy that the RAPL zone has used, in joules.";
constexpr std::string_view kLimitHelp = "Long-term power limit of the RAPL zone, in watts.";
constexpr std::string_view kLimitTotalHelp =
    "Long-term power limit of the RAPL zone, in watts; a counter by type only.";
constexpr std::string_view kLabels = "hostname,index,path";
constexpr std::string_view kZoneLabels = "hostname,index,path,rapl_zone";

constexpr std::array kFamilies{
    Family{"ceems_rapl_joules_total", MetricType::kCounter, kEnergyHelp, kZoneLabels},
    Family{"ceems_rapl_power_limit_watts", MetricType::kGauge, kLimitHelp, kZoneLabels},
    Family{"ceems_rapl_power_limit_watts_total", MetricType::kCounter, kLimitTotalHelp, kZoneLabels},
    Family{"ceems_rapl_core_joules_total", MetricType::kCounter, kEnergyHelp, kLabels},
    Family{"ceems_rapl_core_power_limit_watts", MetricType::kGauge, kLimitHelp, kLabels},
    Family{"ceems_rapl_core_power_limit_watts_total", MetricType::kCounter, kLimitTotalHelp, kLabels},
    Family{"ceems_rapl_dram_joules_total", MetricType::kCounter, kEnergyHelp, kLabels},
    Family{"ceems_rapl_dram_power_limit_watts", MetricType::kGauge, kLimitHelp, kLabels},
    Family{"ceems_rapl_dram_power_limit_watts_total", MetricType::kCounter, kLimitTotalHelp, kLabels},
    Family{"ceems_rapl_package_joules_total", MetricType::kCounter, kEnergyHelp, kLabels},
    Family{"ceems_rapl_package_power_limit_watts", MetricType::kGauge, kLimitHelp, kLabels},
    Family{"ceems_rapl_package_power_limit_watts_total", MetricType::kCounter, kLimitTotalHelp, kLabels},
    Family{"ceems_rapl_psys_joules_total", MetricType::kCounter, kEnergyHelp, kLabels},
    Family{"ceems_rapl_psys_power_limit_watts", MetricType::kGauge, kLimitHelp, kLabels},
    Family{"ceems_rapl_psys_power_limit_watts_total", MetricType::kCounter, kLimitTotalHelp, kLabels},
    Family{"ceems_rapl_uncore_joules_total", MetricType::kCounter, kEnergyHelp, kLabels},
    Family{"ceems_rapl_uncore_power_limit_watts", MetricType::kGauge, kLimitHelp, kLabels},
    Family{"ceems_rapl_uncore_power_limit_watts_total", MetricType::kCounter, kLimitTotalHelp, kLabels},
};

double in_units(std::uint64_t micro) {
  return static_cast<double>(micro) / 1e6;
}

}  // namespace

RaplTable::RaplTable(std::string hostname, bool zone_label)
    : hostname_(std::move(hostname)), zone_label_(zone_label) {}

std::span<const Family> RaplTable::families() {
  return kFamilies;
}

void RaplTable::set_zones(std::span<const power::RaplZoneId> zones) {
  groups_.clear();
  std::vector<std::size_t> order(zones.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  const auto label_values = [&](std::size_t i) {
    return std::tuple(fmt::to_string(zones[i].index), zones[i].path, zones[i].name);
  };
  std::ranges::sort(order, {}, label_values);
  for (const std::size_t i : order) {
    const power::RaplZoneId& zone = zones[i];
    const std::string prefix = zone_label_ ? "ceems_rapl" : "ceems_rapl_" + metric_name_part(zone.name);
    const std::string joules_total = prefix + "_joules_total";
    auto group = std::ranges::find(groups_, joules_total, &Group::joules_total);
    if (group == groups_.end()) {
      groups_.push_back(
          {joules_total, prefix + "_power_limit_watts_total", prefix + "_power_limit_watts", {}});
      group = groups_.end() - 1;
    }
    const std::string index = fmt::to_string(zone.index);
    std::vector<exposition::Label> labels{{"hostname", hostname_}, {"index", index}, {"path", zone.path}};
    if (zone_label_) labels.push_back({"rapl_zone", zone.name});
    group->rows.push_back({exposition::render_labels(std::move(labels)), i, std::nullopt, std::nullopt});
  }
}

void RaplTable::set_readings(std::span<const power::RaplReading> readings) {
  for (Group& group : groups_) {
    for (Row& row : group.rows) {
      const power::RaplReading& reading = readings[row.zone];
      row.energy_microjoules.reset();
      if (reading.energy_microjoules) row.energy_microjoules = *reading.energy_microjoules;
      row.limit_microwatts = reading.power_limit_microwatts;
    }
  }
}

void RaplTable::clear() {
  for (Group& group : groups_) {
    for (Row& row : group.rows) {
      row.energy_microjoules.reset();
      row.limit_microwatts.reset();
    }
  }
}

void RaplTable::emit(exposition::Emitter& emitter) const {
  const std::string_view labels = zone_label_ ? kZoneLabels : kLabels;
  const auto family = [&](const Group& group, const Family& description,
                          std::optional<std::uint64_t> Row::* member) {
    emitter.begin(description);
    for (const Row& row : group.rows) {
      if (row.*member) emitter.sample(row.labels, in_units(*(row.*member)));
    }
  };
  for (const Group& group : groups_) {
    family(group, {group.joules_total, MetricType::kCounter, kEnergyHelp, labels}, &Row::energy_microjoules);
    family(group, {group.limit_watts, MetricType::kGauge, kLimitHelp, labels}, &Row::limit_microwatts);
    family(group, {group.limit_watts_total, MetricType::kCounter, kLimitTotalHelp, labels},
           &Row::limit_microwatts);
  }
}

}  // namespace ceems::collector
