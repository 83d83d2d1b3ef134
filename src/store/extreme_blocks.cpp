#include "store/extreme_blocks.h"

#include "store/extremes.h"

namespace ceems::store {

base::Result<bool> ExtremeBlocks::read(int level, std::int64_t block, std::int64_t owner,
                                       ExtremeEntries& extremes) {
  extremes.clear();
  CEEMS_TRY(
      Statement statement,
      connection_.prepare(
          "select sums from ceems_rollup_sums where kind = ? and level = ? and block = ? and owner = ?"));
  bind(statement, level, block, owner);
  CEEMS_TRY(const bool row, statement.step());
  return !row || decode_extremes(statement.bytes(0), extremes);
}

base::Result<bool> ExtremeBlocks::read_all(int level, std::int64_t first, std::int64_t last,
                                           ByOwner& by_owner) {
  CEEMS_TRY(Statement statement,
            connection_.prepare("select owner, sums from ceems_rollup_sums where kind = ? and level = ? and "
                                "block between ? and ?"));
  bind(statement, level, first, last);
  ExtremeEntries extremes;
  for (;;) {
    CEEMS_TRY(const bool row, statement.step());
    if (!row) return true;
    if (!decode_extremes(statement.bytes(1), extremes)) return false;
    widen(by_owner[statement.integer(0)], extremes, keys_);
  }
}

base::Status ExtremeBlocks::write(int level, std::int64_t block, std::int64_t owner,
                                  const ExtremeEntries& extremes) {
  CEEMS_TRY(Statement statement,
            connection_.prepare(
                extremes.empty()
                    ? "delete from ceems_rollup_sums where kind = ? and level = ? and block = ? and owner = ?"
                    : "insert or replace into ceems_rollup_sums (kind, level, block, owner, sums) values (?, "
                      "?, ?, ?, ?)"));
  bind(statement, level, block, owner);
  if (!extremes.empty()) statement.bind_bytes(5, encode_extremes(extremes));
  return statement.run();
}

base::Result<bool> ExtremeBlocks::widen_day(std::int64_t day, std::int64_t owner,
                                            const ExtremeEntries& added) {
  ExtremeEntries extremes;
  for (int level = 0; level <= kLevelsAboveDays; ++level) {
    CEEMS_TRY(const bool readable, read(level, block_of(level, day), owner, extremes));
    if (!readable) return false;
    // Those above hold it too.
    if (!widen(extremes, added, keys_)) return true;
    CEEMS_TRY_VOID(write(level, block_of(level, day), owner, extremes));
  }
  return true;
}

base::Result<bool> ExtremeBlocks::replace(int level, std::int64_t block, std::int64_t owner,
                                          const ExtremeEntries& extremes, Owners& changed) {
  ExtremeEntries before;
  CEEMS_TRY(const bool readable, read(level, block, owner, before));
  if (!readable || before == extremes) return readable;
  CEEMS_TRY_VOID(write(level, block, owner, extremes));
  changed.insert(owner);
  return true;
}

base::Result<bool> ExtremeBlocks::rebuild(int level, std::int64_t block, const Owners& owners, bool few,
                                          Owners& changed) {
  const std::int64_t first = block * kBlocksOfBlock;
  ByOwner by_owner;
  if (!few) {
    CEEMS_TRY(const bool readable, read_all(level - 1, first, first + kBlocksOfBlock - 1, by_owner));
    if (!readable) return false;
  }
  ExtremeEntries part;
  for (const std::int64_t owner : owners) {
    ExtremeEntries& extremes = by_owner[owner];
    for (std::int64_t i = 0; few && i < kBlocksOfBlock; ++i) {
      CEEMS_TRY(const bool readable, read(level - 1, first + i, owner, part));
      if (!readable) return false;
      widen(extremes, part, keys_);
    }
    CEEMS_TRY(const bool readable, replace(level, block, owner, extremes, changed));
    if (!readable) return false;
  }
  return true;
}

void ExtremeBlocks::bind(Statement& statement, int level, std::int64_t third, std::int64_t fourth) {
  statement.bind(1, static_cast<std::int64_t>(kind_))
      .bind(2, std::int64_t{kExtremeLevel} + level)
      .bind(3, third)
      .bind(4, fourth);
}

}  // namespace ceems::store
