// Rows of units, usage and daily_usage as they are found before something is added to them, and how their
// metrics are put together and written back. For this room only.
#pragma once

#include "base/result.h"
#include "store/mean_weights.h"
#include "store/model.h"
#include "store/sqlite.h"

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace ceems::store {

// Weight, by mean metric and name, that a row's total_time_seconds counts but its means do not hold yet.
using MissingWeights = Metrics;

// Texts of the metric columns, by Metric.
using MetricTexts = std::array<std::string, kMetricCount>;

// A row of units or daily_usage, as far as sums over such rows are concerned.
struct RowState {
  std::string owner{};    // see owners.h
  std::int64_t fact = 0;  // the unit's end, or the day's number of units
  std::string last_updated_at{};
  MetricTexts metrics{};
};

// "total_time_seconds, avg_cpu_usage, …"
std::string metric_columns();

// Selects what find_row() reads, of at most one row: `fact` is the column of that, `where` the condition, and
// `detail` one more column.
std::string select_row(std::string_view table, std::string_view fact, std::string_view where,
                       std::string_view detail = "null");

struct FoundRow {
  std::int64_t id = 0;
  std::string detail{};
};

// Reads a row with such a statement, its parameters in order. Fills state and metrics if there is one.
base::Result<bool> find_row(Connection& connection, const std::string& select,
                            std::initializer_list<std::string_view> key, FoundRow& row, RowState& state,
                            Metrics& metrics);

// Adds a window's metrics to those of all windows before it.
void add_window(Metrics& metrics, const Metrics& added, const MeanWeights& weights,
                const MissingWeights& missing);

// Metrics are bound by number: behind all parameters that have names.
std::string assigned_metrics();   // ", total_time_seconds = ?100, …"
std::string metric_parameters();  // "?100, ?101, …"
// Writes their texts into `texts`, which must live until the statement is reset.
void bind_metrics(Statement& statement, const Metrics& metrics, MetricTexts& texts);

}  // namespace ceems::store
