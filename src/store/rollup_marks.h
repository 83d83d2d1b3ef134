// Running totals at some days, so that a window is a difference of two; see rollup.h. For this room only.
#pragma once

#include "base/result.h"
#include "store/rollup.h"
#include "store/sqlite.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace ceems::store {

inline constexpr std::int64_t kMarkDays = 8;

// The day at whose beginning that mark is.
std::int64_t first_day(std::int64_t mark);
// The first and the last day that there are sums of; absent if there are none.
struct StoredDays {
  std::int64_t first = 0;
  std::int64_t last = 0;
};
base::Result<std::optional<StoredDays>> stored_days(Connection& connection, RollupKind kind);

// Those that there are, ascending.
base::Result<std::vector<std::int64_t>> read_marks(Connection& connection, RollupKind kind);

// Few blocks whose sum is that of the days from `first` to `last`, both included, with these marks.
std::vector<RollupTerm> cover_days(std::int64_t first, std::int64_t last,
                                   const std::vector<std::int64_t>& marks);
// The same, of stored sums; nothing where no day has any.
base::Result<std::vector<RollupTerm>> cover_days(Connection& connection, RollupKind kind, std::int64_t first,
                                                 std::int64_t last);

// Makes the next mark of that kind where days are behind the last one, or removes one that all days are
// behind. False: there is nothing to do.
base::Result<bool> advance_marks(Connection& connection, RollupKind kind);

// Whether a mark holds what the mark before it does and the days between them.
base::Result<bool> follows(Connection& connection, RollupKind kind, std::int64_t last, std::int64_t next);

}  // namespace ceems::store
