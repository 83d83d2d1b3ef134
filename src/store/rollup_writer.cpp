#include "store/rollup_writer.h"

#include "base/log.h"
#include "store/calendar.h"
#include "store/extremes.h"
#include "store/rollup_extremes.h"

#include <utility>

#include <fmt/format.h>

namespace ceems::store {

namespace {

constexpr std::string_view kUnitWhere = "cluster_id = ? and uuid = ? and started_at = ?";
constexpr std::string_view kDayWhere =
    "cluster_id = ? and username = ? and project = ? and last_updated_at = ?";

}  // namespace

RowSummer::RowSummer(Connection& connection)
    : connection_(connection), owners_(connection), rows_(keys_, all_metrics()) {}

base::Status RowSummer::add_units(std::string_view where, const std::vector<std::string>& values, int sign,
                                  RollupDeltas& deltas) {
  return add_rows(true, true, "units", where, values, sign, deltas);
}

base::Status RowSummer::add_units(RollupKind kind, std::string_view where,
                                  const std::vector<std::string>& values, int sign, RollupDeltas& deltas) {
  return add_rows(kind == RollupKind::kUnits, kind == RollupKind::kEnds, "units", where, values, sign,
                  deltas);
}

base::Status RowSummer::add_days(std::string_view where, const std::vector<std::string>& values, int sign,
                                 RollupDeltas& deltas) {
  return add_rows(true, false, "daily_usage", where, values, sign, deltas);
}

base::Status RowSummer::add_rows(bool units, bool ends, std::string_view from, std::string_view where,
                                 const std::vector<std::string>& values, int sign, RollupDeltas& deltas) {
  const bool daily = from == "daily_usage";
  const RollupKind kind = daily ? RollupKind::kDays : RollupKind::kUnits;
  CEEMS_TRY(Statement statement,
            connection_.prepare(fmt::format("select {}, {}, last_updated_at{} from {} where {}",
                                            kOwnerColumns, daily ? "num_units" : "ended_at_ts",
                                            units ? rows_.columns() : "", from, where)));
  for (std::size_t i = 0; i < values.size(); ++i)
    statement.bind(static_cast<int>(i) + 1, values[i]);
  std::string owner;
  for (;;) {
    CEEMS_TRY(const bool found, statement.step());
    if (!found) return {};
    read_owner(statement, 0, owner);
    CEEMS_TRY(const std::int64_t number, owners_.number_of(owner));
    const std::int64_t fact = statement.integer(kOwnerTexts);
    // A row without a time is in no window.
    if (const auto day = day_of(statement.text(kOwnerTexts + 1)); units && day) {
      rows_.read(statement, kOwnerTexts + 2, row_);
      if (daily) row_.units = fact;
      add_row(sign, deltas[{kind, *day, number}]);
    }
    if (ends) add_end(number, fact, sign, deltas);
  }
}

void RowSummer::add_row(int sign, DayChange& change) {
  change.sums.add(row_, sign);
  widen(sign > 0 ? change.added : change.removed, rows_.extremes(), keys_);
}

base::Result<bool> RowSummer::apply(const RollupDeltas& deltas, const Coverage& coverage) {
  CEEMS_TRY(const bool readable, add_deltas(connection_, deltas, coverage));
  if (!readable) return false;
  return apply_extremes(connection_, deltas, coverage, keys_);
}

void RowSummer::add_end(std::int64_t owner, std::int64_t ended_at_ms, int sign, RollupDeltas& deltas) {
  Sums& count = deltas[{RollupKind::kEnds, ended_at_ms > 0 ? utc_day_of(ended_at_ms) : kOpenDay, owner}].sums;
  count.rows += sign;
  count.units += sign;
}

base::Status RowSummer::add(RollupKind kind, const RowState& state, int sign, RollupDeltas& deltas) {
  CEEMS_TRY(const std::int64_t owner, owners_.number_of(state.owner));
  // A row without a time is in no window.
  if (const auto day = day_of(state.last_updated_at)) {
    rows_.read(state.metrics, row_);
    if (kind == RollupKind::kDays) row_.units = state.fact;
    add_row(sign, deltas[{kind, *day, owner}]);
  }
  if (kind == RollupKind::kUnits) add_end(owner, state.fact, sign, deltas);
  return {};
}

base::Status RollupChanges::begin() {
  coverage_ = read_coverage(connection_);
  if (!coverage_) return {};
  return summer_.begin();
}

base::Status RollupChanges::unit(std::string_view cluster_id, const UnitKey& key) {
  if (!coverage_) return {};
  const auto [at, is_new] = units_.insert({std::string(cluster_id), key.uuid, key.started_at});
  if (!is_new) return {};
  return summer_.add_units(kUnitWhere, *at, -1, deltas_);
}

base::Status RollupChanges::day(std::string_view cluster_id, std::string_view username,
                                std::string_view project, std::string_view marker) {
  if (!coverage_) return {};
  const auto [at, is_new] = days_.insert(
      {std::string(cluster_id), std::string(username), std::string(project), std::string(marker)});
  if (!is_new) return {};
  return summer_.add_days(kDayWhere, *at, -1, deltas_);
}

base::Status RollupChanges::count(RollupKind kind, const RowState& state, int sign) {
  if (!coverage_) return {};
  return summer_.add(kind, state, sign, tentative_ ? *tentative_ : deltas_);
}

void RollupChanges::end_row(bool keep) {
  if (!tentative_) return;
  if (keep)
    for (const auto& [place, change] : *tentative_) {
      DayChange& whole = deltas_[place];
      whole.sums.add(change.sums, 1);
      widen(whole.removed, change.removed, summer_.keys());
      widen(whole.added, change.added, summer_.keys());
    }
  tentative_.reset();
}

base::Status RollupChanges::removed_units(std::string_view where, const std::vector<std::string>& values) {
  if (!coverage_) return {};
  return summer_.add_units(where, values, -1, deltas_);
}

base::Status RollupChanges::removed_days(std::string_view where, const std::vector<std::string>& values) {
  if (!coverage_) return {};
  return summer_.add_days(where, values, -1, deltas_);
}

base::Status RollupChanges::apply() {
  if (!coverage_) return {};
  for (const std::vector<std::string>& unit : units_)
    CEEMS_TRY_VOID(summer_.add_units(kUnitWhere, unit, 1, deltas_));
  for (const std::vector<std::string>& day : days_)
    CEEMS_TRY_VOID(summer_.add_days(kDayWhere, day, 1, deltas_));
  CEEMS_TRY_VOID(summer_.finish());
  CEEMS_TRY(const bool readable, summer_.apply(deltas_, *coverage_));
  if (readable) return write_coverage(connection_, *coverage_);
  base::Logger().error("sums for usage and statistics cannot be read; they are built anew");
  return forget_coverage(connection_);
}

}  // namespace ceems::store
