// When the units of an id ran, and whose they were. For this room only; see Reader.
#pragma once

#include "base/result.h"
#include "store/reader.h"
#include "store/sqlite.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace ceems::store {

// Few units run for longer. They have an index of their own, so that a question about a time long ago need
// not look at everything that ended since: what is not among them ended at most so long after that time.
inline constexpr std::int64_t kLongRunMs = 86'400'000;

// SQL about one row of units: it ran for longer than kLongRunMs.
std::string ran_long();

base::Result<std::vector<UnitRun>> read_runs(Connection& connection, const std::string& cluster_id,
                                             const std::vector<std::string>& uuids);

// Rows that one question may look at: some tenths of a second.
inline constexpr std::size_t kMaxRowsOfQuestion = 500'000;

// The statements of read_ids_in(): parameters are project, start and end of the window, and cluster.
std::vector<std::string> queries_of_ids_in();
// kTooLarge with more than `limit` ids, and with more than `max_rows` rows to look at.
base::Result<std::vector<std::string>> read_ids_in(Connection& connection, const std::string& cluster_id,
                                                   const std::vector<std::string>& projects,
                                                   const TimeRange& window, std::size_t limit,
                                                   std::size_t max_rows = kMaxRowsOfQuestion);

}  // namespace ceems::store
