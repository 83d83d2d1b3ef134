// What weighs the averages of windows and units: for each, a key of total_time_seconds. Plain value; not
// thread-safe for writing.
#pragma once

#include "base/result.h"
#include "store/metric_map.h"
#include "store/model.h"

#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace ceems::store {

class Connection;

class MeanWeights {
 public:
  using ByName = std::map<std::string, std::string, std::less<>>;

  // The keys that a manager tells: "alloc_cputime", "alloc_cpumemtime", "alloc_gputime", "alloc_gpumemtime"
  // and "walltime".
  static std::span<const std::string_view> keys();
  static constexpr std::size_t kKeys = 5;

  MeanWeights() = default;
  // For averages of avg_custom_stats, by name; those that are not named are weighed by walltime. Each value
  // is one of keys().
  explicit MeanWeights(ByName custom) : custom_(std::move(custom)) {}

  // "" where the metric is no average.
  std::string_view key_of(Metric metric, std::string_view name) const;
  // Its place in keys(), 0 where the metric is no average.
  std::size_t place_of(Metric metric, std::string_view name) const;
  // The time in seconds with which a row of these times counts in that average.
  double weight_of(Metric metric, std::string_view name, const MetricMap& times) const;

  const ByName& custom() const { return custom_; }
  friend bool operator==(const MeanWeights&, const MeanWeights&) = default;

 private:
  ByName custom_;
};

// Those that the database's sums are made with.
base::Result<MeanWeights> read_mean_weights(Connection& connection);
// From now on these weigh. What was averaged before stays as it is; sums that were made with others are given
// up.
base::Status adopt_mean_weights(Connection& connection, const MeanWeights& weights);

}  // namespace ceems::store
