#include "base/log.h"
#include "base/text.h"
#include "store/calendar.h"
#include "store/rollup_marks.h"
#include "store/rollup_writer.h"
#include "store/schema.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace ceems::store {

namespace {

constexpr std::int64_t kDayMs = 86'400'000;
// As many rows are read in one transaction, at least a day's: others may wait for the lock.
constexpr std::int64_t kRowsAtOnce = 5'000;
// Behind every text of last_updated_at.
constexpr const char* kEndOfTime = "~";

// Rows of one day, as the condition and its values.
struct DayRows {
  std::int64_t day = 0;
  std::string where{};
  std::vector<std::string> values{};
};

std::string_view table_of(RollupKind kind) {
  return kind == RollupKind::kDays ? "daily_usage" : "units";
}

DayRows rows_of_day(RollupKind kind, std::int64_t day) {
  if (kind != RollupKind::kEnds)
    return {.day = day,
            .where = "last_updated_at >= ? and last_updated_at < ?",
            .values = {text_of_day(day), text_of_day(day + 1)}};
  if (day == kOpenDay)
    return {.day = day,
            .where =
                "id in (select id from units where ended_at_ts is null union all select id from units where "
                "ended_at_ts <= 0)",
            .values = {}};
  return {.day = day,
          .where = "ended_at_ts >= ? and ended_at_ts < ?",
          .values = {std::to_string(std::max<std::int64_t>(day * kDayMs, 1)),
                     std::to_string((day + 1) * kDayMs)}};
}

// The last day before that one on which there are rows; absent if there is none.
base::Result<std::optional<DayRows>> day_before(Connection& connection, RollupKind kind, std::int64_t day) {
  if (kind == RollupKind::kEnds) {
    if (day == Coverage::kNothing) return rows_of_day(kind, kOpenDay);
    CEEMS_TRY(
        Statement statement,
        connection.prepare("select max(ended_at_ts) from units where ended_at_ts > 0 and ended_at_ts < ?"));
    statement.bind(1, day == kOpenDay ? day : day * kDayMs);
    CEEMS_TRY_VOID(statement.step());
    if (statement.is_null(0)) return std::nullopt;
    return rows_of_day(kind, utc_day_of(statement.integer(0)));
  }
  std::string bound = day == Coverage::kNothing ? kEndOfTime : text_of_day(day);
  for (;;) {
    CEEMS_TRY(Statement statement,
              connection.prepare(fmt::format("select max(last_updated_at) from {} where last_updated_at < ?",
                                             table_of(kind))));
    statement.bind(1, bound);
    CEEMS_TRY_VOID(statement.step());
    if (statement.is_null(0)) return std::nullopt;
    bound = statement.text(0);
    // What is no time is in no window.
    if (const auto found = day_of(bound)) return rows_of_day(kind, *found);
  }
}

base::Status add_rows(RowSummer& summer, RollupKind kind, const DayRows& rows, int sign,
                      RollupDeltas& deltas) {
  if (kind == RollupKind::kDays) return summer.add_days(rows.where, rows.values, sign, deltas);
  return summer.add_units(kind, rows.where, rows.values, sign, deltas);
}

std::int64_t count_rows(const RollupDeltas& deltas) {
  std::int64_t rows = 0;
  for (const auto& [place, sums] : deltas)
    rows += sums.rows;
  return rows;
}

// Takes some of the sums of an earlier time away. False: none are left.
base::Result<bool> clear_some(Connection& connection) {
  CEEMS_TRY(Statement statement,
            connection.prepare(
                "delete from ceems_rollup_sums where (kind, level, block, owner) in (select kind, level, "
                "block, owner from ceems_rollup_sums limit ?)"));
  statement.bind(1, kRowsAtOnce);
  CEEMS_TRY_VOID(statement.run());
  return connection.changes() > 0;
}

base::Status begin_anew(Connection& connection) {
  CEEMS_TRY_VOID(connection.execute("delete from ceems_rollup_owners; delete from ceems_rollup_keys"));
  return write_coverage(connection, Coverage());
}

base::Status build_some(Connection& connection, RollupKind kind, Coverage coverage) {
  RowSummer summer(connection);
  CEEMS_TRY_VOID(summer.begin());
  RollupDeltas deltas;
  while (coverage[kind] != Coverage::kEverything && count_rows(deltas) < kRowsAtOnce) {
    CEEMS_TRY(const auto day, day_before(connection, kind, coverage[kind]));
    coverage[kind] = day ? day->day : Coverage::kEverything;
    if (day) CEEMS_TRY_VOID(add_rows(summer, kind, *day, 1, deltas));
  }
  CEEMS_TRY_VOID(summer.finish());
  CEEMS_TRY(const bool readable, add_deltas(connection, deltas, coverage));
  return readable ? write_coverage(connection, coverage) : forget_coverage(connection);
}

// False: there is nothing to do.
base::Result<bool> advance_some_marks(Connection& connection) {
  for (const RollupKind kind : kRollupKinds) {
    CEEMS_TRY(const bool done, advance_marks(connection, kind));
    if (done) return true;
  }
  return false;
}

// Whether the sums of that day are those of its rows.
base::Result<bool> is_right(Connection& connection, RollupKind kind, const DayRows& rows) {
  RowSummer summer(connection);
  CEEMS_TRY_VOID(summer.begin());
  RollupDeltas difference;
  CEEMS_TRY_VOID(add_rows(summer, kind, rows, 1, difference));
  CEEMS_TRY(const std::int64_t keys,
            connection.integer_of("select ifnull(max(id), 0) from ceems_rollup_keys"));
  const KeyFilter all(static_cast<std::size_t>(keys) + 1, true);
  CEEMS_TRY(Statement statement,
            connection.prepare(
                "select owner, sums from ceems_rollup_sums where kind = ? and level = 0 and block = ?"));
  statement.bind(1, static_cast<std::int64_t>(kind)).bind(2, rows.day);
  for (;;) {
    CEEMS_TRY(const bool found, statement.step());
    if (!found) break;
    if (!add_encoded(difference[{kind, rows.day, statement.integer(0)}], statement.bytes(1), -1, all))
      return false;
  }
  return std::ranges::all_of(difference, [](const auto& entry) { return entry.second.is_zero(); });
}

base::Status check_day_before(Connection& connection, std::int64_t& checked) {
  const std::int64_t before = checked;
  bool any = false;
  for (const RollupKind kind : kRollupKinds) {
    CEEMS_TRY(const auto rows, day_before(connection, kind, before));
    if (!rows || rows->day == kOpenDay) continue;
    // The same day of every kind.
    if (!any) checked = rows->day;
    any = true;
    CEEMS_TRY(const bool right, is_right(connection, kind, *rows));
    if (right) continue;
    base::Logger().warn("sums for usage and statistics differ from their rows; they are built anew",
                        {{"day", text_of_day(rows->day)}});
    return forget_coverage(connection);
  }
  if (!any) checked = Coverage::kNothing;
  return {};
}

}  // namespace

base::Result<bool> advance_rollups(Connection& connection, std::int64_t& checked) {
  CEEMS_TRY_VOID(create_indexes(connection));
  CEEMS_TRY(Transaction transaction, Transaction::begin(connection, Transaction::Kind::kWrite));
  const auto coverage = read_coverage(connection);
  bool more = true;
  if (!coverage) {
    CEEMS_TRY(const bool cleared, clear_some(connection));
    if (!cleared) CEEMS_TRY_VOID(begin_anew(connection));
  } else {
    const auto* const unfinished = std::ranges::find_if(
        kRollupKinds, [&](RollupKind kind) { return (*coverage)[kind] != Coverage::kEverything; });
    more = unfinished != kRollupKinds.end();
    if (more) {
      CEEMS_TRY_VOID(build_some(connection, *unfinished, *coverage));
    } else {
      CEEMS_TRY(more, advance_some_marks(connection));
      if (!more) CEEMS_TRY_VOID(check_day_before(connection, checked));
    }
  }
  CEEMS_TRY_VOID(transaction.commit());
  return more;
}

}  // namespace ceems::store
