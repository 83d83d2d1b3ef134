// The rows that the sums of one day stand for. For this room only.
#pragma once

#include "base/result.h"
#include "store/rollup.h"
#include "store/rollup_writer.h"
#include "store/sqlite.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::store {

// As a condition and its values.
struct DayRows {
  std::int64_t day = 0;
  std::string where{};
  std::vector<std::string> values{};
};

std::string_view table_of(RollupKind kind);
DayRows rows_of_day(RollupKind kind, std::int64_t day);

// The last day before that one on which there are rows; absent if there is none.
base::Result<std::optional<DayRows>> day_before(Connection& connection, RollupKind kind, std::int64_t day);

// Adds these rows, or takes them away.
base::Status add_rows(RowSummer& summer, RollupKind kind, const DayRows& rows, int sign,
                      RollupDeltas& deltas);

}  // namespace ceems::store
