// Sums kept beside the rows they stand for, so that a window of any length is a few look-ups per owner.
// Derived data: whoever drops the tables loses nothing but time. For this room only.
//
// An owner is a combination of cluster, manager, project, group and user. For each owner there are sums of
// each day, and every eighth day or so a mark: a running total up to the beginning of that day. A window is
// the difference between the marks nearest to its ends, and the few days between them and the ends, added or
// subtracted. Where a running total begins does not matter as long as it is the same for all marks of an
// owner: so what changes on a day is added to the marks behind it or subtracted from those before it,
// whichever are fewer. What runs today changes no mark, and what expires changes the oldest. Sums are exact
// (exact.h), so neither the subtraction nor years of changes leave a trace.
//
// Smallest and largest values cannot be taken out again. They are kept of each day, and of every 8, 64 and
// 512 days: a window is the blocks that are in it, and the rows of its first and last day. Where a value goes
// that nothing as far out replaces, as when a unit runs on past midnight, the rows of that day are read
// again.
//
// Kept are three kinds of sums:
//   units  rows of units by the day of last_updated_at, which is when a window of usage counts them;
//   days   rows of daily_usage by the day that they are of;
//   ends   numbers of units by the day (UTC) of their end, and of those that have not ended.
//
// Every transaction of the Writer that changes rows changes the sums too, so a reader's transaction sees both
// alike. They are built from the newest day to the oldest, a few thousand rows at a time; `Coverage` says how
// far they reach. Rows before that are read as they are. Then the marks are made, from the oldest to the
// newest, and one more whenever days have come behind the last.
//
// Another program may change rows while the Writer is not there. Each change by either program counts up
// num_updates of usage, makes new rows with higher numbers or removes old ones; `fingerprint` is what these
// numbers were after the Writer's last change. If they differ when it opens the database again, the sums are
// given up and built anew. Beside that, one day after the other is compared with its rows as long as the
// server runs.
#pragma once

#include "base/result.h"
#include "store/sqlite.h"
#include "store/sums.h"

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace ceems::store {

enum class RollupKind : std::uint8_t { kUnits, kDays, kEnds };
inline constexpr std::array kRollupKinds = {RollupKind::kUnits, RollupKind::kDays, RollupKind::kEnds};

// The "day" of units that have not ended.
inline constexpr std::int64_t kOpenDay = std::numeric_limits<std::int64_t>::max() - 1;

// The first day, of each kind, from which on all days are in the sums.
class Coverage {
 public:
  static constexpr std::int64_t kNothing = std::numeric_limits<std::int64_t>::max();
  static constexpr std::int64_t kEverything = std::numeric_limits<std::int64_t>::min();

  std::int64_t& operator[](RollupKind kind) { return from_[static_cast<std::size_t>(kind)]; }
  std::int64_t operator[](RollupKind kind) const { return from_[static_cast<std::size_t>(kind)]; }

 private:
  std::array<std::int64_t, kRollupKinds.size()> from_ = {kNothing, kNothing, kNothing};
};

// Absent: there are no sums, or none that can be used.
std::optional<Coverage> read_coverage(Connection& connection);
// Says that the sums hold what the rows held at the end of this transaction.
base::Status write_coverage(Connection& connection, const Coverage& coverage);
// Gives the sums up.
base::Status forget_coverage(Connection& connection);
// Gives the sums up if another program has changed rows since.
base::Status doubt_foreign_changes(Connection& connection);

// What a row of sums stands for: the level, and the block on it.
inline constexpr int kDayLevel = 0;       // block: the day
inline constexpr int kMarkLevel = 1;      // block: the mark; mark m is at the beginning of day 8 m
inline constexpr int kMarkListLevel = 2;  // an empty row of owner 0 for each mark that there is
inline constexpr int kExtremeLevel = 3;   // block: the day; see extremes.h. Three more: days / 8, / 64, / 512

// Blocks of one level, added or subtracted.
struct RollupTerm {
  int sign = 1;
  int level = kDayLevel;
  std::int64_t first = 0;
  std::int64_t last = 0;
  friend bool operator==(const RollupTerm&, const RollupTerm&) = default;
};

// How the rows of one day and owner change.
struct DayChange {
  Sums sums{};               // those that come less those that go
  ExtremeEntries removed{};  // of those that go
  ExtremeEntries added{};    // of those that come
};

// By kind, day and owner.
using RollupDeltas = std::map<std::tuple<RollupKind, std::int64_t, std::int64_t>, DayChange>;

// Adds the changes of sums on days that are covered. False: stored sums cannot be read.
base::Result<bool> add_deltas(Connection& connection, const RollupDeltas& deltas, const Coverage& coverage);

}  // namespace ceems::store
