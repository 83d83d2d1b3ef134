#include "store/rollup_window.h"

#include "store/calendar.h"
#include "store/rollup_extremes.h"
#include "store/rollup_marks.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace ceems::store {

namespace {

constexpr std::int64_t kDayMs = 86'400'000;

std::int64_t day_of_bound(const Bound& bound) {
  if (const auto* text = std::get_if<std::string>(&bound)) return day_of(*text).value_or(Coverage::kNothing);
  return utc_day_of(std::get<std::int64_t>(bound));
}

Bound start_of(RollupKind kind, std::int64_t day) {
  if (kind == RollupKind::kEnds) return day * kDayMs;
  return text_of_day(day);
}

// How many rows are in a range: looks at the index only.
base::Result<std::int64_t> count(Connection& connection, RollupKind kind, const Bound& from,
                                 const Bound& to) {
  if (!(from < to)) return 0;
  const char* const sql =
      kind == RollupKind::kUnits
          ? "select count(*) from units where last_updated_at >= ? and last_updated_at < ?"
      : kind == RollupKind::kDays
          ? "select count(*) from daily_usage where last_updated_at >= ? and last_updated_at < ?"
          : "select count(*) from units where ended_at_ts >= ? and ended_at_ts < ?";
  CEEMS_TRY(Statement statement, connection.prepare(sql));
  bind(statement, 1, from);
  bind(statement, 2, to);
  CEEMS_TRY_VOID(statement.step());
  return statement.integer(0);
}

void add_rows(WindowParts& parts, int sign, const Bound& from, const Bound& to) {
  if (from < to) parts.rows.push_back({.sign = sign, .from = from, .to = to});
}

}  // namespace

base::Result<WindowParts> split_window(Connection& connection, RollupKind kind, const Coverage& coverage,
                                       const Bound& from, const Bound& to, bool extremes) {
  WindowParts parts;
  if (!(from < to)) return parts;
  const std::int64_t covered = coverage[kind];
  std::int64_t first = day_of_bound(from);
  std::int64_t last = day_of_bound(to);  // the bound is in it, or where it begins
  if (first == Coverage::kNothing || last == Coverage::kNothing || last < covered) {
    add_rows(parts, 1, from, to);
    return parts;
  }
  Bound begin = from;
  if (first < covered) {
    begin = start_of(kind, covered);
    first = covered;
    add_rows(parts, 1, from, begin);
  }
  const Bound first_start = start_of(kind, first);
  const Bound first_end = start_of(kind, first + 1);
  const Bound last_start = start_of(kind, last);
  const Bound last_end = start_of(kind, last + 1);
  if (extremes) {
    if (first == last) {
      add_rows(parts, 1, begin, to);
      return parts;
    }
    add_rows(parts, 1, begin, first_end);
    add_rows(parts, 1, last_start, to);
    CEEMS_TRY(parts.sums, cover_days(connection, kind, first + 1, last - 1));
    CEEMS_TRY(parts.extremes, cover_extremes(connection, kind, covered, first + 1, last - 1));
    return parts;
  }
  CEEMS_TRY(const std::int64_t before, count(connection, kind, first_start, begin));
  CEEMS_TRY(const std::int64_t after, count(connection, kind, to, last_end));
  if (first == last) {
    CEEMS_TRY(const std::int64_t inside, count(connection, kind, begin, to));
    if (inside <= before + after) {
      add_rows(parts, 1, begin, to);
      return parts;
    }
    add_rows(parts, -1, first_start, begin);
    add_rows(parts, -1, to, last_end);
    CEEMS_TRY(parts.sums, cover_days(connection, kind, first, last));
    return parts;
  }
  CEEMS_TRY(const std::int64_t rest_of_first, count(connection, kind, begin, first_end));
  CEEMS_TRY(const std::int64_t start_of_last, count(connection, kind, last_start, to));
  if (before <= rest_of_first) {
    add_rows(parts, -1, first_start, begin);
  } else {
    add_rows(parts, 1, begin, first_end);
    ++first;
  }
  if (after < start_of_last) {
    add_rows(parts, -1, to, last_end);
  } else {
    add_rows(parts, 1, last_start, to);
    --last;
  }
  CEEMS_TRY(parts.sums, cover_days(connection, kind, first, last));
  return parts;
}

void bind(Statement& statement, int parameter, const Bound& bound) {
  std::visit([&](const auto& value) { statement.bind(parameter, value); }, bound);
}

base::Status read_sums(Connection& connection, RollupKind kind, const std::vector<RollupTerm>& terms,
                       const std::vector<std::int64_t>& owners, bool few, const EachSums& each) {
  const auto read = [&](const RollupTerm& term, std::int64_t first, std::int64_t last,
                        std::int64_t owner) -> base::Status {
    CEEMS_TRY(Statement statement,
              connection.prepare(
                  fmt::format("select owner, sums from ceems_rollup_sums where kind = ? and level = ? "
                              "and block {}",
                              owner == 0 ? "between ? and ?" : "= ? and owner = ?")));
    statement.bind(1, static_cast<std::int64_t>(kind))
        .bind(2, static_cast<std::int64_t>(term.level))
        .bind(3, first)
        .bind(4, owner == 0 ? last : owner);
    for (;;) {
      CEEMS_TRY(const bool row, statement.step());
      if (!row) return {};
      CEEMS_TRY_VOID(each(statement.integer(0), statement.bytes(1), term.sign));
    }
  };
  // Days without any sums may be many: each is passed over once, not once for each owner.
  const auto block_from = [&](const RollupTerm& term, std::int64_t first) -> base::Result<std::int64_t> {
    CEEMS_TRY(Statement statement,
              connection.prepare("select block from ceems_rollup_sums where kind = ? and level = ? and block "
                                 "between ? and ? order by block limit 1"));
    statement.bind(1, static_cast<std::int64_t>(kind))
        .bind(2, static_cast<std::int64_t>(term.level))
        .bind(3, first)
        .bind(4, term.last);
    CEEMS_TRY(const bool row, statement.step());
    return row ? statement.integer(0) : term.last + 1;
  };
  for (const RollupTerm& term : terms) {
    if (!few) {
      CEEMS_TRY_VOID(read(term, term.first, term.last, 0));
      continue;
    }
    for (std::int64_t block = term.first; block <= term.last; ++block) {
      CEEMS_TRY(block, block_from(term, block));
      if (block > term.last) break;
      for (const std::int64_t owner : owners)
        CEEMS_TRY_VOID(read(term, block, block, owner));
    }
  }
  return {};
}

}  // namespace ceems::store
