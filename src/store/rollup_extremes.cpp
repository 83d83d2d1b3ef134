#include "store/rollup_extremes.h"

#include "store/extreme_blocks.h"
#include "store/extremes.h"
#include "store/owners.h"
#include "store/rollup_days.h"
#include "store/rollup_marks.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace ceems::store {

namespace {

using Owners = ExtremeBlocks::Owners;
// By kind and block of one level.
using Places = std::map<std::pair<RollupKind, std::int64_t>, Owners>;

constexpr std::array kExtremeMetrics = {Metric::kMinCustomStats, Metric::kMaxCustomStats};

// Reads the day's rows again, for these owners.
base::Result<bool> read_again(Connection& connection, RollupKind kind, std::int64_t day, const Owners& owners,
                              KeyTable& keys, Owners& changed) {
  ExtremeBlocks::ByOwner by_owner;
  for (const std::int64_t owner : owners)
    by_owner.try_emplace(owner);
  {
    const DayRows rows = rows_of_day(kind, day);
    RowReader reader(keys, kExtremeMetrics);
    OwnerNumbers numbers(connection);
    CEEMS_TRY(Statement statement,
              connection.prepare(fmt::format("select {}{} from {} where {}", kOwnerColumns, reader.columns(),
                                             table_of(kind), rows.where)));
    for (std::size_t i = 0; i < rows.values.size(); ++i)
      statement.bind(static_cast<int>(i) + 1, rows.values[i]);
    std::string owner;
    Sums sums;
    for (;;) {
      CEEMS_TRY(const bool row, statement.step());
      if (!row) break;
      read_owner(statement, 0, owner);
      CEEMS_TRY(const std::int64_t number, numbers.number_of(owner));
      const auto at = by_owner.find(number);
      if (at == by_owner.end()) continue;
      reader.read(statement, kOwnerTexts, sums);
      widen(at->second, reader.extremes(), keys);
    }
    CEEMS_TRY_VOID(keys.save(connection));
  }
  ExtremeBlocks stored(connection, kind, keys);
  for (const auto& [owner, extremes] : by_owner) {
    CEEMS_TRY(const bool readable, stored.replace(0, day, owner, extremes, changed));
    if (!readable) return false;
  }
  return true;
}

// What holds days that have changed.
base::Result<bool> rebuild_above(Connection& connection, Places changed, const KeyTable& keys) {
  if (changed.empty()) return true;
  // Past this share of all owners, walking over everybody's is faster than looking each of them up.
  constexpr std::int64_t kFewer = 16;
  CEEMS_TRY(const std::int64_t everybody, connection.integer_of("select count(*) from ceems_rollup_owners"));
  for (int level = 1; level <= kLevelsAboveDays; ++level) {
    Places outdated;
    for (auto& [place, owners] : changed)
      outdated[{place.first, block_of(1, place.second)}].merge(owners);
    changed.clear();
    for (const auto& [place, owners] : outdated) {
      ExtremeBlocks stored(connection, place.first, keys);
      const bool few = static_cast<std::int64_t>(owners.size()) * kFewer <= everybody;
      CEEMS_TRY(const bool readable, stored.rebuild(level, place.second, owners, few, changed[place]));
      if (!readable) return false;
    }
  }
  return true;
}

}  // namespace

base::Result<bool> apply_extremes(Connection& connection, const RollupDeltas& deltas,
                                  const Coverage& coverage, KeyTable& keys) {
  Places again;
  ExtremeEntries of_day;
  for (const auto& [place, change] : deltas) {
    const auto& [kind, day, owner] = place;
    if (day < coverage[kind] || (change.removed.empty() && change.added.empty())) continue;
    ExtremeBlocks stored(connection, kind, keys);
    CEEMS_TRY(bool readable, stored.read(0, day, owner, of_day));
    if (!readable) return false;
    if (may_shrink(of_day, change.removed, change.added, keys)) {
      again[{kind, day}].insert(owner);
      continue;
    }
    CEEMS_TRY(readable, stored.widen_day(day, owner, change.added));
    if (!readable) return false;
  }
  Places changed;
  for (const auto& [place, owners] : again) {
    CEEMS_TRY(const bool readable,
              read_again(connection, place.first, place.second, owners, keys, changed[place]));
    if (!readable) return false;
  }
  return rebuild_above(connection, std::move(changed), keys);
}

std::vector<RollupTerm> cover_extremes(std::int64_t first, std::int64_t last) {
  std::vector<RollupTerm> terms;
  while (first <= last) {
    int level = kLevelsAboveDays;
    while (level > 0 && (first % days_of(level) != 0 || last - first < days_of(level) - 1))
      --level;
    const std::int64_t block = block_of(level, first);
    if (!terms.empty() && terms.back().level == kExtremeLevel + level && terms.back().last == block - 1) {
      terms.back().last = block;
    } else {
      terms.push_back({.sign = 1, .level = kExtremeLevel + level, .first = block, .last = block});
    }
    first += days_of(level);
  }
  return terms;
}

base::Result<std::vector<RollupTerm>> cover_extremes(Connection& connection, RollupKind kind,
                                                     std::int64_t covered, std::int64_t first,
                                                     std::int64_t last) {
  CEEMS_TRY(const auto days, stored_days(connection, kind));
  if (!days) return std::vector<RollupTerm>();
  const std::int64_t all_but_one = days_of(kLevelsAboveDays) - 1;
  if (first <= days->first) {
    first = days->first;
    if (covered == Coverage::kEverything) first &= ~all_but_one;
  }
  if (last >= days->last) last = days->last | all_but_one;
  return cover_extremes(first, last);
}

base::Result<bool> extremes_are_right(Connection& connection, RollupKind kind, std::int64_t day,
                                      const RollupDeltas& rows, const KeyTable& keys, int level) {
  ExtremeBlocks::ByOwner expected;
  for (const auto& [place, change] : rows)
    if (!change.added.empty()) expected.emplace(std::get<2>(place), change.added);
  ExtremeBlocks stored(connection, kind, keys);
  ExtremeBlocks::ByOwner of_day;
  CEEMS_TRY(bool readable, stored.read_all(0, day, day, of_day));
  if (!readable || of_day != expected) return false;
  ExtremeBlocks::ByOwner children;
  ExtremeBlocks::ByOwner of_block;
  const std::int64_t block = block_of(level, day);
  CEEMS_TRY(readable, stored.read_all(level - 1, block * kBlocksOfBlock,
                                      block * kBlocksOfBlock + kBlocksOfBlock - 1, children));
  if (!readable) return false;
  CEEMS_TRY(readable, stored.read_all(level, block, block, of_block));
  return readable && of_block == children;
}

}  // namespace ceems::store
