// Numbers for the names of sub-metrics, and reading rows of metric columns into sums by these numbers. Not
// thread-safe. For this room only.
#pragma once

#include "base/result.h"
#include "store/mean_weights.h"
#include "store/metric_map.h"
#include "store/model.h"
#include "store/sqlite.h"
#include "store/sums.h"

#include <array>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ceems::store {

// The table ceems_rollup_keys, and names that are not in it yet.
class KeyTable {
 public:
  struct Key {
    Metric metric = Metric::kTotalTimeSeconds;
    std::string name{};
    bool known = false;      // a number of the table may stand for nothing
    std::size_t weight = 0;  // of an average: its place in MeanWeights::keys()
  };

  // The table, and what weighs averages.
  base::Status load(Connection& connection);
  // What weighs averages alone: every name is a new one.
  base::Status load_weights(Connection& connection);
  // Writes the names that were added since.
  base::Status save(Connection& connection);

  // The number of that name, a new one if there is none. Names of a row mostly come in the same order, so the
  // search begins behind the last answer for that metric.
  KeyId id_of(Metric metric, std::string_view name);

  std::size_t size() const { return keys_.size(); }
  const Key& operator[](KeyId id) const { return keys_[id]; }
  // Those of metrics whose name is wanted.
  KeyFilter filter(const std::function<bool(Metric)>& wants) const;
  // Whether any smallest or largest value has been seen.
  bool has_extremes() const;
  // Of such a name: whether the largest value is kept. Any number may be asked for.
  bool is_maximum(KeyId id) const {
    return id < keys_.size() && combination(keys_[id].metric) == Combination::kMaximum;
  }

 private:
  struct OfMetric {
    std::vector<KeyId> ids;
    std::size_t next = 0;
  };

  void add(KeyId id, Metric metric, std::string name);

  MeanWeights weights_;
  std::vector<Key> keys_;
  std::array<OfMetric, kMetricCount> of_metric_;
  std::size_t saved_ = 0;  // of keys_
};

// The numbers of a metric column, in order of the names. They live until the buffer is used again, and no
// longer than the text.
struct NumberBuffer {
  std::vector<std::pair<std::string_view, Fixed>> numbers{};
  MetricMap map{};  // keeps names that had to be made
};
const std::vector<std::pair<std::string_view, Fixed>>& read_numbers(std::string_view json,
                                                                    NumberBuffer& buffer);

// Reads the metric columns of one row.
class RowReader {
 public:
  // `wanted` metrics are read.
  RowReader(KeyTable& keys, std::span<const Metric> wanted);

  // ", total_time_seconds, …": what to select, in the order in which read() looks at it.
  const std::string& columns() const { return columns_; }
  // Fills the entries of `row`; its rows and units are 1 before.
  void read(const Statement& statement, int first_column, Sums& row);
  // Likewise, from the texts of all metric columns, by Metric.
  void read(std::span<const std::string, kMetricCount> texts, Sums& row);
  // The smallest and largest values of that row.
  const ExtremeEntries& extremes() const { return extremes_; }

 private:
  struct Column {
    Metric metric;
    bool wanted;
  };

  void begin(Sums& row);
  void end(Sums& row);
  void read_column(const Column& column, std::string_view json, Sums& row);
  void read_times(bool wanted, Sums& row);

  KeyTable& keys_;
  std::vector<Column> columns_read_;
  std::string columns_;
  std::array<Fixed, MeanWeights::kKeys> weights_{};  // of this row, by place in MeanWeights::keys()
  NumberBuffer buffer_;
  ExtremeEntries extremes_;
};

}  // namespace ceems::store
