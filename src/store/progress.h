// How far each cluster has come. For this room only.
#pragma once

#include "base/result.h"
#include "store/sqlite.h"
#include "store/time_zone.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace ceems::store {

base::Result<std::optional<std::int64_t>> read_progress(Connection& connection, std::string_view cluster_id);
base::Status write_progress(Connection& connection, const TimeZone& time_zone, std::string_view cluster_id,
                            std::int64_t window_end_ms);

// Where the first window of a cluster starts; absent while that is not known.
base::Result<std::optional<std::int64_t>> read_beginning(Connection& connection, std::string_view cluster_id);
base::Status write_beginning(Connection& connection, std::string_view cluster_id, std::int64_t start_ms);

// Where the database as a whole ends; absent when it is empty or its times cannot be read.
base::Result<std::optional<std::int64_t>> database_end(Connection& connection, const TimeZone& time_zone);

// If another program that does not know our marks has added windows since, moves the marks behind them, so
// that nothing is counted twice.
base::Status adopt_foreign_windows(Connection& connection, const TimeZone& time_zone);

// Small facts kept between runs.
base::Result<std::optional<std::string>> read_state(Connection& connection, std::string_view name);
base::Status write_state(Connection& connection, std::string_view name, std::string_view value);

}  // namespace ceems::store
