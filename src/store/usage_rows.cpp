#include "store/usage_rows.h"

#include "store/owners.h"

#include <cstddef>
#include <string_view>

#include <fmt/format.h>

namespace ceems::store {

namespace {

struct TableSql {
  std::string select;
  std::string update;
  std::string insert;
};

TableSql make_sql(std::string_view table, std::string_view key, std::string_view when_updated) {
  return {
      .select = select_row(table, "num_units", key),
      .update = fmt::format("update {} set num_units = ifnull(num_units, 0) + :num_units, "
                            "num_updates = num_updates + :num_updates{}{} where id = :id",
                            table, when_updated, assigned_metrics()),
      .insert = fmt::format("insert into {} (resource_manager, cluster_id, num_units, project, groupname, "
                            "username, num_updates, last_updated_at, {}) values (:resource_manager, "
                            ":cluster_id, :num_units, :project, :groupname, :username, :num_updates, "
                            ":last_updated_at, {})",
                            table, metric_columns(), metric_parameters())};
}

const TableSql& sql_of(bool is_day) {
  static const TableSql kUsage =
      make_sql("usage", "cluster_id = ? and username = ? and project = ?",
               ", last_updated_at = max(ifnull(last_updated_at, ''), :last_updated_at)");
  // The day is part of the key: a column that is assigned has its indexes written anew.
  static const TableSql kDaily =
      make_sql("daily_usage", "cluster_id = ? and username = ? and project = ? and last_updated_at = ?", "");
  return is_day ? kDaily : kUsage;
}

}  // namespace

bool UsageRows::full() const {
  constexpr std::size_t kMostOwners = 10'000;
  return rows_.size() >= kMostOwners;
}

base::Status UsageRows::add(const Unit& unit, const UpsertedUnit& whose, const MissingIndex& missing,
                            RollupChanges& changes) {
  const auto [at, is_new] = rows_.try_emplace(Key(whose.username, whose.project));
  if (is_new) CEEMS_TRY_VOID(read(at->first, unit, changes, at->second));
  const auto add_to = [&](Row& row, const MissingWeights& owed) {
    row.new_units += whose.is_new ? 1 : 0;
    ++row.updates;
    add_window(row.metrics, unit.metrics, weights_, owed);
  };
  add_to(at->second.usage, missing.of_usage(whose.project, whose.username));
  add_to(at->second.day, missing.of_day(whose.project, whose.username, day_));
  return {};
}

base::Status UsageRows::read(const Key& key, const Unit& unit, RollupChanges& changes, Rows& rows) {
  CEEMS_TRY_VOID(read_row(false, key, unit, rows.usage));
  CEEMS_TRY_VOID(read_row(true, key, unit, rows.day));
  if (!rows.day.is_new) CEEMS_TRY_VOID(changes.before(RollupKind::kDays, state_));
  return {};
}

base::Status UsageRows::read_row(bool is_day, const Key& key, const Unit& unit, Row& row) {
  FoundRow found;
  const auto& [username, project] = key;
  const std::string& select = sql_of(is_day).select;
  const auto find = [&] {
    if (is_day)
      return find_row(connection_, select, {cluster_id_, username, project, day_}, found, state_,
                      row.metrics);
    return find_row(connection_, select, {cluster_id_, username, project}, found, state_, row.metrics);
  };
  CEEMS_TRY(const bool exists, find());
  row.is_new = !exists;
  row.id = found.id;
  row.units = exists ? state_.fact : 0;
  if (exists) {
    row.owner = state_.owner;
  } else {
    join_owner({cluster_id_, unit.resource_manager, project, unit.groupname, username}, row.owner);
  }
  return {};
}

base::Status UsageRows::write(RollupChanges& changes) {
  for (const auto& [key, rows] : rows_)
    CEEMS_TRY_VOID(write_row(false, key, rows.usage));
  for (const auto& [key, rows] : rows_) {
    CEEMS_TRY_VOID(write_row(true, key, rows.day));
    state_.owner = rows.day.owner;
    state_.fact = rows.day.units + rows.day.new_units;
    state_.last_updated_at = day_;
    CEEMS_TRY_VOID(changes.after(RollupKind::kDays, state_));
  }
  rows_.clear();
  return {};
}

base::Status UsageRows::write_row(bool is_day, const Key& key, const Row& row) {
  if (row.is_new) return insert_row(is_day, key, row);
  CEEMS_TRY(Statement statement, connection_.prepare(sql_of(is_day).update));
  statement.bind(":id", row.id).bind(":num_units", row.new_units).bind(":num_updates", row.updates);
  if (!is_day) statement.bind(":last_updated_at", updated_);
  bind_metrics(statement, row.metrics, state_.metrics);
  return statement.run();
}

base::Status UsageRows::insert_row(bool is_day, const Key& key, const Row& row) {
  CEEMS_TRY(Statement statement, connection_.prepare(sql_of(is_day).insert));
  const OwnerTexts owner = split_owner(row.owner);
  const auto text = [&owner](OwnerText which) { return owner[static_cast<std::size_t>(which)]; };
  statement.bind(":resource_manager", text(OwnerText::kManager))
      .bind(":cluster_id", cluster_id_)
      .bind(":num_units", row.new_units)
      .bind(":project", key.second)
      .bind(":groupname", text(OwnerText::kGroup))
      .bind(":username", key.first)
      // Making it is no update.
      .bind(":num_updates", row.updates - 1)
      .bind(":last_updated_at", is_day ? day_ : updated_);
  bind_metrics(statement, row.metrics, state_.metrics);
  return statement.run();
}

}  // namespace ceems::store
