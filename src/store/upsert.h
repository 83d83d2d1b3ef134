// The statements that add increments to rows. For this room only.
#pragma once

#include "base/result.h"
#include "store/model.h"
#include "store/sqlite.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::store {

// Weight, by mean metric and name, that a row's total_time_seconds counts but its means do not hold yet.
using MissingWeights = Metrics;

// A row of units or daily_usage, as far as sums over such rows are concerned.
struct RowState {
  std::string owner{};    // see owners.h
  std::int64_t fact = 0;  // the unit's end, or the day's number of units
  std::string last_updated_at{};
  std::array<std::string, kMetricCount> metrics{};  // texts, by Metric
};

// What one statement did to a row. Its texts are used again for the next.
struct RowChange {
  bool existed = false;
  RowState before{};  // if it existed
  RowState after{};
};

enum class UsageTable : std::uint8_t { kUsage, kDailyUsage };

// Whose the row is: an owner that is known never changes.
struct UpsertedUnit {
  bool is_new = false;
  std::string project{};
  std::string username{};
};

base::Result<UpsertedUnit> upsert_unit(Connection& connection, const Unit& unit,
                                       const MissingWeights& missing, std::string_view last_updated_at,
                                       RowChange& change);
base::Status upsert_usage(Connection& connection, UsageTable table, const Unit& increment,
                          std::int64_t new_units, const MissingWeights& missing,
                          std::string_view last_updated_at, RowChange& change);

// Adds one late number to a row, found by its key: `where` with its values already in order. The weight is
// that of the number's own window; `missing` still contains it.
base::Status add_late(Connection& connection, std::string_view table, std::string_view where,
                      const std::vector<std::string>& key, Metric metric, const MetricMap& value,
                      double weight, const MetricMap& missing);

base::Status upsert_user(Connection& connection, const User& user, bool replace_list);
base::Status upsert_project(Connection& connection, const Project& project, bool replace_list);
base::Status upsert_admin(Connection& connection, std::string_view name, std::string_view source,
                          std::string_view last_updated_at);

}  // namespace ceems::store
