#include "store/rollup_extremes.h"

#include "store/extremes.h"
#include "store/owners.h"
#include "store/rollup_days.h"
#include "store/rollup_marks.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace ceems::store {

namespace {

constexpr int kBitsOfLevel = 3;
constexpr std::int64_t kChildren = std::int64_t{1} << kBitsOfLevel;

std::int64_t days_of(int level) {
  return std::int64_t{1} << (kBitsOfLevel * level);
}

// That a day is in.
std::int64_t block_of(int level, std::int64_t day) {
  return day >> (kBitsOfLevel * level);
}

// What is stored of one kind. False: it cannot be read.
class Stored {
 public:
  Stored(Connection& connection, RollupKind kind, const KeyTable& keys)
      : connection_(connection), kind_(kind), keys_(keys) {}

  // Nothing where there is no such block.
  base::Result<bool> read(int level, std::int64_t block, std::int64_t owner, ExtremeEntries& extremes) {
    extremes.clear();
    CEEMS_TRY(
        Statement statement,
        connection_.prepare(
            "select sums from ceems_rollup_sums where kind = ? and level = ? and block = ? and owner = ?"));
    bind(statement, level, block, owner);
    CEEMS_TRY(const bool row, statement.step());
    return !row || decode_extremes(statement.bytes(0), extremes);
  }

  base::Status write(int level, std::int64_t block, std::int64_t owner, const ExtremeEntries& extremes) {
    CEEMS_TRY(Statement statement,
              connection_.prepare(extremes.empty()
                                      ? "delete from ceems_rollup_sums where kind = ? and level = ? and "
                                        "block = ? and owner = ?"
                                      : "insert or replace into ceems_rollup_sums (kind, level, block, "
                                        "owner, sums) values (?, ?, ?, ?, ?)"));
    bind(statement, level, block, owner);
    if (!extremes.empty()) statement.bind_bytes(5, encode_extremes(extremes));
    return statement.run();
  }

  base::Result<bool> widen_all(std::int64_t day, std::int64_t owner, const ExtremeEntries& added) {
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

  base::Result<bool> replace_all(std::int64_t day, std::int64_t owner, const ExtremeEntries& of_day) {
    CEEMS_TRY_VOID(write(0, day, owner, of_day));
    for (int level = 1; level <= kLevelsAboveDays; ++level) {
      ExtremeEntries extremes;
      ExtremeEntries child;
      const std::int64_t block = block_of(level, day);
      for (std::int64_t i = 0; i < kChildren; ++i) {
        CEEMS_TRY(const bool readable, read(level - 1, block * kChildren + i, owner, child));
        if (!readable) return false;
        widen(extremes, child, keys_);
      }
      CEEMS_TRY_VOID(write(level, block, owner, extremes));
    }
    return true;
  }

  // Widens those of all owners of these blocks.
  using ByOwner = std::map<std::int64_t, ExtremeEntries>;
  base::Result<bool> read_all(int level, std::int64_t first, std::int64_t last, ByOwner& by_owner) {
    CEEMS_TRY(Statement statement,
              connection_.prepare("select owner, sums from ceems_rollup_sums where kind = ? and level = ? "
                                  "and block between ? and ?"));
    bind(statement, level, first, last);
    ExtremeEntries extremes;
    for (;;) {
      CEEMS_TRY(const bool row, statement.step());
      if (!row) return true;
      if (!decode_extremes(statement.bytes(1), extremes)) return false;
      widen(by_owner[statement.integer(0)], extremes, keys_);
    }
  }

 private:
  void bind(Statement& statement, int level, std::int64_t third, std::int64_t fourth) {
    statement.bind(1, static_cast<std::int64_t>(kind_))
        .bind(2, std::int64_t{kExtremeLevel} + level)
        .bind(3, third)
        .bind(4, fourth);
  }

  Connection& connection_;
  RollupKind kind_;
  const KeyTable& keys_;
};

constexpr std::array kExtremeMetrics = {Metric::kMinCustomStats, Metric::kMaxCustomStats};

// Reads the day's rows again, for these owners.
base::Result<bool> read_again(Connection& connection, RollupKind kind, std::int64_t day,
                              const std::set<std::int64_t>& owners, KeyTable& keys) {
  std::map<std::int64_t, ExtremeEntries> by_owner;
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
  Stored stored(connection, kind, keys);
  for (const auto& [owner, extremes] : by_owner) {
    CEEMS_TRY(const bool readable, stored.replace_all(day, owner, extremes));
    if (!readable) return false;
  }
  return true;
}

}  // namespace

base::Result<bool> apply_extremes(Connection& connection, const RollupDeltas& deltas,
                                  const Coverage& coverage, KeyTable& keys) {
  std::map<std::pair<RollupKind, std::int64_t>, std::set<std::int64_t>> again;
  ExtremeEntries of_day;
  for (const auto& [place, change] : deltas) {
    const auto& [kind, day, owner] = place;
    if (day < coverage[kind] || (change.removed.empty() && change.added.empty())) continue;
    Stored stored(connection, kind, keys);
    CEEMS_TRY(bool readable, stored.read(0, day, owner, of_day));
    if (!readable) return false;
    if (may_shrink(of_day, change.removed, change.added, keys)) {
      again[{kind, day}].insert(owner);
      continue;
    }
    CEEMS_TRY(readable, stored.widen_all(day, owner, change.added));
    if (!readable) return false;
  }
  for (const auto& [place, owners] : again) {
    CEEMS_TRY(const bool readable, read_again(connection, place.first, place.second, owners, keys));
    if (!readable) return false;
  }
  return true;
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
  Stored::ByOwner expected;
  for (const auto& [place, change] : rows)
    if (!change.added.empty()) expected.emplace(std::get<2>(place), change.added);
  Stored stored(connection, kind, keys);
  Stored::ByOwner of_day;
  CEEMS_TRY(bool readable, stored.read_all(0, day, day, of_day));
  if (!readable || of_day != expected) return false;
  Stored::ByOwner children;
  Stored::ByOwner of_block;
  const std::int64_t block = block_of(level, day);
  CEEMS_TRY(readable,
            stored.read_all(level - 1, block * kChildren, block * kChildren + kChildren - 1, children));
  if (!readable) return false;
  CEEMS_TRY(readable, stored.read_all(level, block, block, of_block));
  return readable && of_block == children;
}

}  // namespace ceems::store
