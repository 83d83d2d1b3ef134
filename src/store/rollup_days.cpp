#include "store/rollup_days.h"

#include "store/calendar.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace ceems::store {

namespace {

constexpr std::int64_t kDayMs = 86'400'000;
// Behind every text of last_updated_at.
constexpr const char* kEndOfTime = "~";

}  // namespace

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

}  // namespace ceems::store
