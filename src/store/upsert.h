// The statements that add increments to rows. For this room only.
#pragma once

#include "base/result.h"
#include "store/model.h"
#include "store/sqlite.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::store {

// Weight, by mean metric and name, that a row's total_time_seconds counts but its means do not hold yet.
using MissingWeights = Metrics;

enum class UsageTable : std::uint8_t { kUsage, kDailyUsage };

// True: the unit is new.
base::Result<bool> upsert_unit(Connection& connection, const Unit& unit, const MissingWeights& missing,
                               std::string_view last_updated_at);
base::Status upsert_usage(Connection& connection, UsageTable table, const Unit& increment,
                          std::int64_t new_units, const MissingWeights& missing,
                          std::string_view last_updated_at);

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
