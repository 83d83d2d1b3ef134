// Smallest and largest values beside the rows, by owner: of each day, and of every 8, 64 and 512 days, so
// that a window is a few blocks. See rollup.h. For this room only.
#pragma once

#include "base/result.h"
#include "store/extreme_blocks.h"
#include "store/keys.h"
#include "store/rollup.h"
#include "store/sqlite.h"

#include <cstdint>
#include <vector>

namespace ceems::store {

// Follows the changes of days that are covered; the rows are as they are after them. Days that rows with a
// smallest or largest value have left are read again. False: what is stored cannot be read.
base::Result<bool> apply_extremes(Connection& connection, const RollupDeltas& deltas,
                                  const Coverage& coverage, KeyTable& keys);

// Blocks that together hold the days from `first` to `last`, both included.
std::vector<RollupTerm> cover_extremes(std::int64_t first, std::int64_t last);
// The same of what is stored, where blocks may reach beyond the first and the last day that there are.
base::Result<std::vector<RollupTerm>> cover_extremes(Connection& connection, RollupKind kind,
                                                     std::int64_t covered, std::int64_t first,
                                                     std::int64_t last);

// Whether what is stored of that day is what its rows have (`rows`, of that day only), and a block around it,
// on the level `level` above days, has what the blocks in it do.
base::Result<bool> extremes_are_right(Connection& connection, RollupKind kind, std::int64_t day,
                                      const RollupDeltas& rows, const KeyTable& keys, int level);

}  // namespace ceems::store
