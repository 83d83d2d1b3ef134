// The stored smallest and largest values of one kind of rows; see rollup.h. Level 0 is days, and a block of
// each level above is eight of the one below. For this room only.
#pragma once

#include "base/result.h"
#include "store/keys.h"
#include "store/rollup.h"
#include "store/sqlite.h"
#include "store/sums.h"

#include <cstdint>
#include <map>
#include <set>

namespace ceems::store {

inline constexpr int kLevelsAboveDays = 3;
inline constexpr int kBitsOfLevel = 3;
inline constexpr std::int64_t kBlocksOfBlock = std::int64_t{1} << kBitsOfLevel;

constexpr std::int64_t days_of(int level) {
  return std::int64_t{1} << (kBitsOfLevel * level);
}
// The one that a day is in.
constexpr std::int64_t block_of(int level, std::int64_t day) {
  return day >> (kBitsOfLevel * level);
}

// Not thread-safe; inside of a transaction. Wherever the answer is false, what is stored cannot be read.
class ExtremeBlocks {
 public:
  using Owners = std::set<std::int64_t>;
  using ByOwner = std::map<std::int64_t, ExtremeEntries>;

  ExtremeBlocks(Connection& connection, RollupKind kind, const KeyTable& keys)
      : connection_(connection), kind_(kind), keys_(keys) {}

  // Nothing where there is no such block.
  base::Result<bool> read(int level, std::int64_t block, std::int64_t owner, ExtremeEntries& extremes);
  // Widens those of all owners of these blocks.
  base::Result<bool> read_all(int level, std::int64_t first, std::int64_t last, ByOwner& by_owner);

  // Widens the day, and what it is in.
  base::Result<bool> widen_day(std::int64_t day, std::int64_t owner, const ExtremeEntries& added);
  // One block alone. Adds the owner to `changed` if it was another.
  base::Result<bool> replace(int level, std::int64_t block, std::int64_t owner,
                             const ExtremeEntries& extremes, Owners& changed);
  // Puts a block of these owners together again, of the blocks in it; `few`: looks each of them up.
  base::Result<bool> rebuild(int level, std::int64_t block, const Owners& owners, bool few, Owners& changed);

 private:
  void bind(Statement& statement, int level, std::int64_t third, std::int64_t fourth);
  base::Status write(int level, std::int64_t block, std::int64_t owner, const ExtremeEntries& extremes);

  Connection& connection_;
  RollupKind kind_;
  const KeyTable& keys_;
};

}  // namespace ceems::store
