#include "store/rollup_check.h"

#include "base/log.h"
#include "store/calendar.h"
#include "store/rollup_days.h"
#include "store/rollup_extremes.h"
#include "store/rollup_marks.h"
#include "store/rollup_writer.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace ceems::store {

namespace {

// While it lives, the connection keeps few pages of the file: what a check reads is read once.
class FewPages {
 public:
  static base::Result<FewPages> of(Connection& connection) {
    CEEMS_TRY(const std::int64_t before, connection.integer_of("pragma cache_size"));
    CEEMS_TRY_VOID(connection.execute("pragma cache_size = -2000"));
    return FewPages(connection, before);
  }
  FewPages(FewPages&& other) noexcept
      : connection_(std::exchange(other.connection_, nullptr)), before_(other.before_) {}
  FewPages& operator=(FewPages&&) = delete;
  ~FewPages() {
    if (connection_ == nullptr) return;
    // It fails for want of memory at worst, and then fewer pages are kept.
    static_cast<void>(connection_->execute(fmt::format("pragma cache_size = {}", before_)));
  }

 private:
  FewPages(Connection& connection, std::int64_t before) : connection_(&connection), before_(before) {}

  Connection* connection_;
  std::int64_t before_;
};

std::string_view name_of(RollupKind kind) {
  switch (kind) {
    case RollupKind::kUnits:
      return "units";
    case RollupKind::kDays:
      return "daily_usage";
    case RollupKind::kEnds:
      return "ends of units";
  }
  return "";
}

// Whether the sums of that day are those of its rows, and smallest and largest values are, on that level too.
base::Result<bool> is_right(Connection& connection, RollupKind kind, const DayRows& rows, int level) {
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
    Sums& sums = difference[{kind, rows.day, statement.integer(0)}].sums;
    if (!add_encoded(sums, statement.bytes(1), -1, all)) return false;
  }
  if (!std::ranges::all_of(difference, [](const auto& entry) { return entry.second.sums.is_zero(); }))
    return false;
  if (kind == RollupKind::kEnds || !summer.keys().has_extremes()) return true;
  return extremes_are_right(connection, kind, rows.day, difference, summer.keys(), level);
}

base::Status give_up(Connection& connection, RollupCheck& check, RollupKind kind, std::string_view what,
                     std::int64_t day) {
  ++check.differences;
  check.day = Coverage::kNothing;
  base::Logger().error("sums for usage and statistics differ from what they stand for; they are built anew",
                       {{"rows", name_of(kind)}, {what, text_of_day(day)}});
  return forget_coverage(connection);
}

// False: they differ, and are given up.
base::Result<bool> check_day(Connection& connection, RollupCheck& check) {
  const std::int64_t before = check.day;
  check.level = check.level % kLevelsAboveDays + 1;
  bool any = false;
  for (const RollupKind kind : kRollupKinds) {
    CEEMS_TRY(const auto rows, day_before(connection, kind, before));
    if (!rows || rows->day == kOpenDay) continue;
    // The same day of every kind.
    if (!any) check.day = rows->day;
    any = true;
    CEEMS_TRY(const bool right, is_right(connection, kind, *rows, check.level));
    if (right) continue;
    CEEMS_TRY_VOID(give_up(connection, check, kind, "day", rows->day));
    return false;
  }
  if (!any) check.day = Coverage::kNothing;
  return true;
}

base::Status check_mark(Connection& connection, RollupCheck& check) {
  // The first mark of each kind is where counting begins.
  std::size_t place = check.mark++;
  for (const RollupKind kind : kRollupKinds) {
    CEEMS_TRY(const auto marks, read_marks(connection, kind));
    const std::size_t pairs = marks.empty() ? 0 : marks.size() - 1;
    if (place >= pairs) {
      place -= pairs;
      continue;
    }
    CEEMS_TRY(const bool right, follows(connection, kind, marks[place], marks[place + 1]));
    if (right) return {};
    return give_up(connection, check, kind, "mark", first_day(marks[place + 1]));
  }
  check.mark = 0;
  return {};
}

}  // namespace

base::Status check_some(Connection& connection, RollupCheck& check) {
  CEEMS_TRY(const FewPages few, FewPages::of(connection));
  CEEMS_TRY(const bool right, check_day(connection, check));
  if (!right) return {};
  return check_mark(connection, check);
}

}  // namespace ceems::store
