#include "store/rollup_marks.h"

#include "base/log.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <limits>
#include <map>
#include <utility>

namespace ceems::store {

namespace {

std::int64_t mark_before(std::int64_t day) {
  return day / kMarkDays - (day % kMarkDays < 0 ? 1 : 0);
}

// The first day from that one on that has sums; absent if there is none.
base::Result<std::optional<std::int64_t>> day_from(Connection& connection, RollupKind kind,
                                                   std::int64_t day) {
  CEEMS_TRY(
      Statement statement,
      connection.prepare("select block from ceems_rollup_sums where kind = ? and level = ? and block >= ? "
                         "and block < ? order by block limit 1"));
  statement.bind(1, static_cast<std::int64_t>(kind))
      .bind(2, std::int64_t{kDayLevel})
      .bind(3, day)
      .bind(4, kOpenDay);
  CEEMS_TRY(const bool found, statement.step());
  if (!found) return std::nullopt;
  return statement.integer(0);
}

// The last day that has sums.
base::Result<std::optional<std::int64_t>> last_day(Connection& connection, RollupKind kind) {
  CEEMS_TRY(
      Statement statement,
      connection.prepare("select block from ceems_rollup_sums where kind = ? and level = ? and block < ? "
                         "order by block desc limit 1"));
  statement.bind(1, static_cast<std::int64_t>(kind)).bind(2, std::int64_t{kDayLevel}).bind(3, kOpenDay);
  CEEMS_TRY(const bool found, statement.step());
  if (!found) return std::nullopt;
  return statement.integer(0);
}

base::Status note_mark(Connection& connection, RollupKind kind, std::int64_t mark) {
  CEEMS_TRY(
      Statement statement,
      connection.prepare("insert into ceems_rollup_sums (kind, level, block, owner, sums) values (?, ?, ?, "
                         "0, '')"));
  statement.bind(1, static_cast<std::int64_t>(kind)).bind(2, std::int64_t{kMarkListLevel}).bind(3, mark);
  return statement.run();
}

base::Status remove_mark(Connection& connection, RollupKind kind, std::int64_t mark) {
  for (const int level : {kMarkLevel, kMarkListLevel}) {
    CEEMS_TRY(Statement statement,
              connection.prepare("delete from ceems_rollup_sums where kind = ? and level = ? and block = ?"));
    statement.bind(1, static_cast<std::int64_t>(kind))
        .bind(2, static_cast<std::int64_t>(level))
        .bind(3, mark);
    CEEMS_TRY_VOID(statement.run());
  }
  return {};
}

using Totals = std::map<std::int64_t, Sums>;  // by owner

// Adds these blocks. False: stored sums cannot be read.
base::Result<bool> add_blocks(Connection& connection, RollupKind kind, const RollupTerm& term,
                              const KeyFilter& all, Totals& totals) {
  CEEMS_TRY(Statement statement,
            connection.prepare("select owner, sums from ceems_rollup_sums where kind = ? and level = ? and "
                               "block between ? and ?"));
  statement.bind(1, static_cast<std::int64_t>(kind))
      .bind(2, static_cast<std::int64_t>(term.level))
      .bind(3, term.first)
      .bind(4, term.last);
  for (;;) {
    CEEMS_TRY(const bool row, statement.step());
    if (!row) return true;
    if (!add_encoded(totals[statement.integer(0)], statement.bytes(1), term.sign, all)) return false;
  }
}

// What the next mark is to hold: the one before it and the days between. False: stored sums cannot be read.
base::Result<bool> add_up(Connection& connection, RollupKind kind, std::int64_t last, std::int64_t next,
                          const KeyFilter& all, Totals& totals) {
  CEEMS_TRY(const bool total,
            add_blocks(connection, kind, {.level = kMarkLevel, .first = last, .last = last}, all, totals));
  if (!total) return false;
  return add_blocks(connection, kind,
                    {.level = kDayLevel, .first = first_day(last), .last = first_day(next) - 1}, all, totals);
}

// Stored sums may hold any key.
base::Result<KeyFilter> all_keys(Connection& connection) {
  CEEMS_TRY(const std::int64_t keys,
            connection.integer_of("select ifnull(max(id), 0) from ceems_rollup_keys"));
  return KeyFilter(static_cast<std::size_t>(keys) + 1, true);
}

// False: stored sums cannot be read.
base::Result<bool> make_mark(Connection& connection, RollupKind kind, std::int64_t last, std::int64_t next) {
  CEEMS_TRY(const KeyFilter all, all_keys(connection));
  Totals totals;
  CEEMS_TRY(const bool readable, add_up(connection, kind, last, next, all, totals));
  if (!readable) return false;
  for (const auto& [owner, sums] : totals) {
    if (sums.is_zero()) continue;
    CEEMS_TRY(
        Statement statement,
        connection.prepare("insert into ceems_rollup_sums (kind, level, block, owner, sums) values (?, ?, "
                           "?, ?, ?)"));
    statement.bind(1, static_cast<std::int64_t>(kind))
        .bind(2, std::int64_t{kMarkLevel})
        .bind(3, next)
        .bind(4, owner)
        .bind_bytes(5, encode(sums));
    CEEMS_TRY_VOID(statement.run());
  }
  CEEMS_TRY_VOID(note_mark(connection, kind, next));
  return true;
}

}  // namespace

base::Result<std::vector<std::int64_t>> read_marks(Connection& connection, RollupKind kind) {
  CEEMS_TRY(
      Statement statement,
      connection.prepare("select block from ceems_rollup_sums where kind = ? and level = ? order by block"));
  statement.bind(1, static_cast<std::int64_t>(kind)).bind(2, std::int64_t{kMarkListLevel});
  std::vector<std::int64_t> marks;
  for (;;) {
    CEEMS_TRY(const bool row, statement.step());
    if (!row) return marks;
    marks.push_back(statement.integer(0));
  }
}

base::Result<std::optional<StoredDays>> stored_days(Connection& connection, RollupKind kind) {
  CEEMS_TRY(const auto first, day_from(connection, kind, std::numeric_limits<std::int64_t>::min()));
  CEEMS_TRY(const auto last, last_day(connection, kind));
  if (!first || !last) return std::nullopt;
  return StoredDays{.first = *first, .last = *last};
}

std::int64_t first_day(std::int64_t mark) {
  return mark * kMarkDays;
}

base::Result<bool> follows(Connection& connection, RollupKind kind, std::int64_t last, std::int64_t next) {
  CEEMS_TRY(const KeyFilter all, all_keys(connection));
  Totals totals;
  CEEMS_TRY(const bool expected, add_up(connection, kind, last, next, all, totals));
  if (!expected) return false;
  CEEMS_TRY(const bool stored,
            add_blocks(connection, kind, {.sign = -1, .level = kMarkLevel, .first = next, .last = next}, all,
                       totals));
  return stored && std::ranges::all_of(totals, [](const auto& entry) { return entry.second.is_zero(); });
}

std::vector<RollupTerm> cover_days(std::int64_t first, std::int64_t last,
                                   const std::vector<std::int64_t>& marks) {
  // A mark holds all owners that there ever were, a day those of that day.
  constexpr std::int64_t kDaysOfTwoMarks = 3;
  std::vector<RollupTerm> terms;
  const std::int64_t end = last + 1;
  const auto add_days = [&terms](int sign, std::int64_t from, std::int64_t to) {
    if (from < to) terms.push_back({.sign = sign, .level = kDayLevel, .first = from, .last = to - 1});
  };
  const auto nearest = [&marks](std::int64_t day) {
    const auto behind = std::ranges::lower_bound(marks, day, {}, first_day);
    if (behind == marks.begin()) return *behind;
    const std::int64_t before = *std::prev(behind);
    if (behind == marks.end()) return before;
    return first_day(*behind) - day < day - first_day(before) ? *behind : before;
  };
  if (marks.empty()) {
    add_days(1, first, end);
    return terms;
  }
  const std::int64_t low = nearest(first);
  const std::int64_t high = nearest(end);
  const std::int64_t beside = std::abs(first - first_day(low)) + std::abs(end - first_day(high));
  if (low >= high || end - first <= beside + kDaysOfTwoMarks) {
    add_days(1, first, end);
    return terms;
  }
  terms.push_back({.sign = 1, .level = kMarkLevel, .first = high, .last = high});
  terms.push_back({.sign = -1, .level = kMarkLevel, .first = low, .last = low});
  add_days(1, first, first_day(low));
  add_days(-1, first_day(low), first);
  add_days(1, first_day(high), end);
  add_days(-1, end, first_day(high));
  return terms;
}

base::Result<std::vector<RollupTerm>> cover_days(Connection& connection, RollupKind kind, std::int64_t first,
                                                 std::int64_t last) {
  CEEMS_TRY(const auto days, stored_days(connection, kind));
  if (!days) return std::vector<RollupTerm>();
  first = std::max(first, days->first);
  last = std::min(last, days->last);
  if (first > last) return std::vector<RollupTerm>();
  CEEMS_TRY(const auto marks, read_marks(connection, kind));
  return cover_days(first, last, marks);
}

base::Result<bool> advance_marks(Connection& connection, RollupKind kind) {
  CEEMS_TRY(const auto marks, read_marks(connection, kind));
  CEEMS_TRY(const auto oldest, day_from(connection, kind, std::numeric_limits<std::int64_t>::min()));
  if (!oldest) return false;
  if (marks.empty()) {
    // Where it begins does not matter: with nothing.
    CEEMS_TRY_VOID(note_mark(connection, kind, mark_before(*oldest)));
    return true;
  }
  if (marks.size() > 1 && first_day(marks[1]) <= *oldest) {
    CEEMS_TRY_VOID(remove_mark(connection, kind, marks.front()));
    return true;
  }
  CEEMS_TRY(const auto next, day_from(connection, kind, first_day(marks.back() + 1)));
  if (!next) return false;
  CEEMS_TRY(const bool readable, make_mark(connection, kind, marks.back(), mark_before(*next)));
  if (readable) return true;
  base::Logger().error("sums for usage and statistics cannot be read; they are built anew");
  CEEMS_TRY_VOID(forget_coverage(connection));
  return true;
}

}  // namespace ceems::store
