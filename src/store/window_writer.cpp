#include "store/window_writer.h"

#include "base/log.h"
#include "store/membership.h"
#include "store/progress.h"

namespace ceems::store {

namespace {

// Whether only that row is at fault, and not the disk or the whole database.
bool concerns_one_row(const base::Error& error) {
  return error.code == base::ErrorCode::kInvalid;
}

}  // namespace

WindowWriter::WindowWriter(Connection& connection, const WriterOptions& options, const WindowResult& window,
                           MissingIndex& missing)
    : connection_(connection),
      weights_(options.weights),
      window_(window),
      missing_(missing),
      updated_(options.time_zone.local(window.end_ms)),
      usage_(connection, weights_, window.cluster_id, updated_,
             day_marker(options.time_zone, options.accounting, window.end_ms)),
      changes_(connection),
      owing_(window.pending) {
  for (PendingWindow& pending : owing_)
    for (PendingUnit& unit : pending.units)
      owed_.emplace(unit.key, std::pair(&pending, &unit));
}

base::Result<bool> WindowWriter::write(Rows rows) {
  CEEMS_TRY_VOID(changes_.begin());
  if (rows == Rows::kAllOrNothing) {
    CEEMS_TRY(const bool written, write_all());
    if (!written) return false;
  } else {
    CEEMS_TRY_VOID(write_what_can_be());
  }
  CEEMS_TRY_VOID(finish());
  return true;
}

base::Result<bool> WindowWriter::write_all() {
  const auto write_units = [this]() -> base::Status {
    for (const Unit& unit : window_.units) {
      if (unit.uuid.empty()) continue;
      CEEMS_TRY_VOID(add(unit));
      if (usage_.full()) CEEMS_TRY_VOID(usage_.write(changes_));
    }
    return usage_.write(changes_);
  };
  const auto status = write_units();
  if (status) return true;
  if (concerns_one_row(status.error())) return false;
  return std::unexpected(status.error());
}

base::Status WindowWriter::write_what_can_be() {
  for (const Unit& unit : window_.units) {
    if (unit.uuid.empty()) continue;
    CEEMS_TRY(Savepoint savepoint, Savepoint::begin(connection_));
    changes_.begin_row();
    auto status = write_alone(unit);
    if (status) status = savepoint.release();
    changes_.end_row(status.has_value());
    if (status) continue;
    if (!concerns_one_row(status.error())) return status;
    usage_.forget();
    base::Logger().error("a unit was left out",
                         {{"cluster", window_.cluster_id}, {"uuid", unit.uuid}, {"error", status.error()}});
  }
  return {};
}

base::Status WindowWriter::write_alone(const Unit& unit) {
  CEEMS_TRY_VOID(add(unit));
  return usage_.write(changes_);
}

base::Status WindowWriter::add(const Unit& unit) {
  const UnitKey key{.uuid = unit.uuid, .started_at = unit.started_at};
  CEEMS_TRY(const UpsertedUnit written, upsert_unit(connection_, window_.cluster_id, unit, weights_,
                                                    missing_.of_unit(key), updated_, change_));
  if (change_.existed) CEEMS_TRY_VOID(changes_.before(RollupKind::kUnits, change_.before));
  CEEMS_TRY_VOID(changes_.after(RollupKind::kUnits, change_.after));
  // What is counted for somebody stays his, whatever the manager says later: sums over users, projects and
  // units are the same.
  CEEMS_TRY_VOID(usage_.add(unit, written, missing_, changes_));
  const auto [first, last] = owed_.equal_range(key);
  for (auto at = first; at != last; ++at) {
    at->second.second->project = written.project;
    at->second.second->username = written.username;
    for (const PendingQuery& query : at->second.first->queries)
      missing_.add(*at->second.first, *at->second.second, query);
  }
  return {};
}

base::Status WindowWriter::finish() {
  if (window_.membership)
    CEEMS_TRY_VOID(
        write_membership(connection_, window_.cluster_id, window_.manager, *window_.membership, updated_));
  for (const PendingWindow& pending : owing_)
    CEEMS_TRY_VOID(insert_pending(connection_, pending));
  return changes_.apply();
}

}  // namespace ceems::store
