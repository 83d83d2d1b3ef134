#include "store/model.h"

#include <algorithm>

namespace ceems::store {

namespace {

struct MetricTraits {
  std::string_view name;
  Combination combination;
  std::string_view weight_key;
};

constexpr std::array<MetricTraits, kMetricCount> kMetricTraits = {{
    {"total_time_seconds", Combination::kSum, ""},
    {"avg_cpu_usage", Combination::kWeightedMean, "alloc_cputime"},
    {"avg_cpu_mem_usage", Combination::kWeightedMean, "alloc_cpumemtime"},
    {"total_cpu_energy_usage_kwh", Combination::kSum, ""},
    {"total_cpu_emissions_gms", Combination::kSum, ""},
    {"avg_gpu_usage", Combination::kWeightedMean, "alloc_gputime"},
    {"avg_gpu_mem_usage", Combination::kWeightedMean, "alloc_gpumemtime"},
    {"total_gpu_energy_usage_kwh", Combination::kSum, ""},
    {"total_gpu_emissions_gms", Combination::kSum, ""},
    {"total_io_write_stats", Combination::kSum, ""},
    {"total_io_read_stats", Combination::kSum, ""},
    {"total_ingress_stats", Combination::kSum, ""},
    {"total_egress_stats", Combination::kSum, ""},
    {"total_custom_stats", Combination::kSum, ""},
    {"avg_custom_stats", Combination::kWeightedMean, "walltime"},
    {"min_custom_stats", Combination::kMinimum, ""},
    {"max_custom_stats", Combination::kMaximum, ""},
}};

constexpr std::array<Metric, kMetricCount> kAllMetrics = [] {
  std::array<Metric, kMetricCount> all{};
  for (std::size_t i = 0; i < kMetricCount; ++i)
    all[i] = static_cast<Metric>(i);
  return all;
}();

constexpr std::array<std::string_view, static_cast<std::size_t>(UnitField::kMetrics)> kUnitTexts = {
    "cluster_id",  "resource_manager", "uuid",       "name",       "project",       "groupname",
    "username",    "created_at",       "started_at", "ended_at",   "created_at_ts", "started_at_ts",
    "ended_at_ts", "elapsed",          "state",      "allocation",
};

constexpr std::array<std::string_view, static_cast<std::size_t>(UsageField::kMetrics)> kUsageTexts = {
    "cluster_id", "resource_manager", "num_units", "project", "groupname", "username",
};

const MetricTraits& traits(Metric metric) {
  return kMetricTraits[static_cast<std::size_t>(metric)];
}

template <class Field>
std::optional<Field> find_field(std::string_view name, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    if (field_name(static_cast<Field>(i)) == name) return static_cast<Field>(i);
  return std::nullopt;
}

}  // namespace

std::span<const Metric, kMetricCount> all_metrics() {
  return kAllMetrics;
}
std::string_view metric_name(Metric metric) {
  return traits(metric).name;
}
Combination combination(Metric metric) {
  return traits(metric).combination;
}
std::string_view weight_key(Metric metric) {
  return traits(metric).weight_key;
}

std::optional<Metric> find_metric(std::string_view name) {
  for (const Metric metric : kAllMetrics)
    if (metric_name(metric) == name) return metric;
  return std::nullopt;
}

std::string_view field_name(UnitField field) {
  if (field == UnitField::kTags) return "tags";
  if (field < UnitField::kMetrics) return kUnitTexts[index(field)];
  return kMetricTraits[index(field) - index(UnitField::kMetrics)].name;
}

std::string_view field_name(UsageField field) {
  if (field < UsageField::kMetrics) return kUsageTexts[index(field)];
  return kMetricTraits[index(field) - index(UsageField::kMetrics)].name;
}

std::optional<UnitField> find_unit_field(std::string_view name) {
  return find_field<UnitField>(name, kUnitFieldCount);
}

std::optional<UsageField> find_usage_field(std::string_view name) {
  return find_field<UsageField>(name, kUsageFieldCount);
}

}  // namespace ceems::store
