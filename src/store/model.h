// What the database holds, as plain values. Column names, JSON names and their order are one list, kept here.
// Times named *_ts are UTC milliseconds since the epoch, 0 for unknown or not yet.
#pragma once

#include "store/metric_map.h"

#include <array>
#include <bitset>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::store {

// The metric columns of units, usage and daily_usage.
enum class Metric : std::uint8_t {
  kTotalTimeSeconds,
  kAvgCpuUsage,
  kAvgCpuMemUsage,
  kTotalCpuEnergyUsageKwh,
  kTotalCpuEmissionsGms,
  kAvgGpuUsage,
  kAvgGpuMemUsage,
  kTotalGpuEnergyUsageKwh,
  kTotalGpuEmissionsGms,
  kTotalIoWriteStats,
  kTotalIoReadStats,
  kTotalIngressStats,
  kTotalEgressStats,
  kTotalCustomStats,
  kAvgCustomStats,
  kMinCustomStats,
  kMaxCustomStats,
};
inline constexpr std::size_t kMetricCount = 17;
std::span<const Metric, kMetricCount> all_metrics();

// How two windows of a metric become one.
enum class Combination : std::uint8_t { kSum, kWeightedMean, kMinimum, kMaximum };

// "avg_cpu_usage"; the name of the column, of the JSON key and of the updater's query.
std::string_view metric_name(Metric metric);
std::optional<Metric> find_metric(std::string_view name);
Combination combination(Metric metric);
// The key of total_time_seconds that weighs a weighted mean: "alloc_cputime", "alloc_cpumemtime",
// "alloc_gputime", "alloc_gpumemtime" or "walltime". "" for the others.
std::string_view weight_key(Metric metric);

// The metric columns of one row.
class Metrics {
 public:
  MetricMap& operator[](Metric metric) { return maps_[static_cast<std::size_t>(metric)]; }
  const MetricMap& operator[](Metric metric) const { return maps_[static_cast<std::size_t>(metric)]; }
  friend bool operator==(const Metrics&, const Metrics&) = default;

 private:
  std::array<MetricMap, kMetricCount> maps_;
};

// Columns that a caller may select, in the order in which the API writes them.
enum class UnitField : std::uint8_t {
  kClusterId,
  kResourceManager,
  kUuid,
  kName,
  kProject,
  kGroupname,
  kUsername,
  kCreatedAt,
  kStartedAt,
  kEndedAt,
  kCreatedAtTs,
  kStartedAtTs,
  kEndedAtTs,
  kElapsed,
  kState,
  kAllocation,
  kMetrics,  // kMetrics + n is all_metrics()[n]
  kTags = kMetrics + kMetricCount,
};
inline constexpr std::size_t kUnitFieldCount = static_cast<std::size_t>(UnitField::kTags) + 1;

enum class UsageField : std::uint8_t {
  kClusterId,
  kResourceManager,
  kNumUnits,
  kProject,
  kGroupname,
  kUsername,
  kMetrics,  // kMetrics + n is all_metrics()[n]
};
inline constexpr std::size_t kUsageFieldCount = static_cast<std::size_t>(UsageField::kMetrics) + kMetricCount;

using UnitFields = std::bitset<kUnitFieldCount>;
using UsageFields = std::bitset<kUsageFieldCount>;

constexpr UnitField field_of_unit(Metric metric) {
  return static_cast<UnitField>(static_cast<std::size_t>(UnitField::kMetrics) +
                                static_cast<std::size_t>(metric));
}
constexpr UsageField field_of_usage(Metric metric) {
  return static_cast<UsageField>(static_cast<std::size_t>(UsageField::kMetrics) +
                                 static_cast<std::size_t>(metric));
}
constexpr std::size_t index(UnitField field) {
  return static_cast<std::size_t>(field);
}
constexpr std::size_t index(UsageField field) {
  return static_cast<std::size_t>(field);
}

std::string_view field_name(UnitField field);
std::string_view field_name(UsageField field);
std::optional<UnitField> find_unit_field(std::string_view name);
std::optional<UsageField> find_usage_field(std::string_view name);

// A compute unit, or what one window adds to it.
struct Unit {
  std::string cluster_id{};
  std::string resource_manager{};
  std::string uuid{};
  std::string name{};
  std::string project{};
  std::string groupname{};
  std::string username{};
  // Zoned local time (2030-01-02T03:04:05+0100), or a placeholder such as "Unknown" or "N/A".
  std::string created_at{};
  std::string started_at{};
  std::string ended_at{};
  std::int64_t created_at_ts = 0;
  std::int64_t started_at_ts = 0;
  std::int64_t ended_at_ts = 0;  // 0: still running
  std::string elapsed{};         // HH:MM:SS or D-HH:MM:SS
  std::string state{};
  std::string allocation = "{}";  // a JSON object, ready to be written as it is
  Metrics metrics{};
  std::string tags = "{}";  // a JSON object, ready to be written as it is
  bool ignored = false;     // hidden from lists of units
  // Of the units of the same id before and after it, 0 if there is none; not stored.
  std::int64_t previous_ended_at_ts = 0;
  std::int64_t next_started_at_ts = 0;
  bool may_recur = false;  // another may follow at once, unknown as yet; not stored
};

// What one user used in one project of one cluster.
struct Usage {
  std::string cluster_id{};
  std::string resource_manager{};
  std::int64_t num_units = 0;
  std::string project{};
  std::string groupname{};
  std::string username{};
  Metrics metrics{};
};

struct User {
  std::string uid{};
  std::string cluster_id{};
  std::string resource_manager{};
  std::string name{};
  std::vector<std::string> projects{};
  std::vector<std::string> tags{};
  std::string last_updated_at{};
};

struct Project {
  std::string uid{};
  std::string cluster_id{};
  std::string resource_manager{};
  std::string name{};
  std::vector<std::string> users{};
  std::vector<std::string> tags{};
  std::string last_updated_at{};
};

struct Cluster {
  std::string id{};
  std::string manager{};
};

struct Stat {
  std::string cluster_id{};
  std::string resource_manager{};
  std::int64_t num_units = 0;
  std::int64_t num_inactive_units = 0;
  std::int64_t num_active_units = 0;
  std::int64_t num_projects = 0;
  std::int64_t num_users = 0;
};

// A project is only that project on that cluster.
struct ProjectKey {
  std::string cluster_id{};
  std::string project{};
  friend auto operator<=>(const ProjectKey&, const ProjectKey&) = default;
};

// A user of one cluster, or of any where cluster_id is empty.
struct Owner {
  std::string cluster_id{};
  std::string username{};
  friend auto operator<=>(const Owner&, const Owner&) = default;
};

// Both ends belong to it; UTC milliseconds.
struct TimeRange {
  std::int64_t from_ms = 0;
  std::int64_t to_ms = 0;
  friend bool operator==(const TimeRange&, const TimeRange&) = default;
};

}  // namespace ceems::store
