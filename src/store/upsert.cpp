#include "store/upsert.h"

#include "store/owners.h"

#include <array>
#include <cstddef>
#include <cstdint>

#include <fmt/format.h>

namespace ceems::store {

namespace {

// How the stored map and the new one become one; `value` and the weights are SQL expressions.
std::string combined(Metric metric, std::string_view value, std::string_view old_weight,
                     std::string_view new_weight, std::string_view missing) {
  const std::string_view column = metric_name(metric);
  switch (combination(metric)) {
    case Combination::kSum:
      return fmt::format("add_metric_map({}, {})", column, value);
    case Combination::kMinimum:
      return fmt::format("min_metric_map({}, {})", column, value);
    case Combination::kMaximum:
      return fmt::format("max_metric_map({}, {})", column, value);
    case Combination::kWeightedMean:
      return fmt::format("avg_metric_map({}, {}, {}, {}, {})", column, value, old_weight, new_weight,
                         missing);
  }
  return {};
}

// Whether a row is there is found out first, and what it holds is combined here: SQLite's statement that
// makes or updates ("on conflict do update") has it keep a copy of every page for the case that it fails half
// way, and its functions would read each text several times.
const std::string& unit_insert() {
  static const std::string kSql = fmt::format(
      "insert into units (resource_manager, cluster_id, uuid, name, project, groupname, username, "
      "created_at, started_at, ended_at, created_at_ts, started_at_ts, ended_at_ts, elapsed, state, "
      "allocation, tags, \"ignore\", last_updated_at, {}) values (:resource_manager, :cluster_id, :uuid, "
      ":name, :project, :groupname, :username, :created_at, :started_at, :ended_at, :created_at_ts, "
      ":started_at_ts, :ended_at_ts, :elapsed, :state, :allocation, :tags, :ignore, :last_updated_at, {})",
      metric_columns(), metric_parameters());
  return kSql;
}

// A column that is assigned has all indexes that it is in written anew, whether it changes or not.
struct Changes {
  bool end = false;
  bool owner = false;
};

const std::string& unit_update(Changes changes) {
  static const auto make = [](Changes of) {
    return fmt::format(
        "update units set elapsed = :elapsed, state = :state, tags = :tags, \"ignore\" = :ignore, "
        "last_updated_at = :last_updated_at, num_updates = num_updates + 1{}{}{} where id = :id",
        of.end ? ", ended_at = :ended_at, ended_at_ts = :ended_at_ts" : "",
        of.owner ? ", username = :username, project = :project" : "", assigned_metrics());
  };
  static const std::array kSql = {make({}), make({.end = true}), make({.owner = true}),
                                  make({.end = true, .owner = true})};
  return kSql[(changes.end ? 1U : 0U) + (changes.owner ? 2U : 0U)];
}

base::Status insert_unit(Connection& connection, std::string_view cluster_id, const Unit& unit,
                         std::string_view last_updated_at, RowState& after) {
  CEEMS_TRY(Statement statement, connection.prepare(unit_insert()));
  statement.bind(":resource_manager", unit.resource_manager)
      .bind(":cluster_id", cluster_id)
      .bind(":uuid", unit.uuid)
      .bind(":name", unit.name)
      .bind(":project", unit.project)
      .bind(":groupname", unit.groupname)
      .bind(":username", unit.username)
      .bind(":created_at", unit.created_at)
      .bind(":started_at", unit.started_at)
      .bind(":ended_at", unit.ended_at)
      .bind(":created_at_ts", unit.created_at_ts)
      .bind(":started_at_ts", unit.started_at_ts)
      .bind(":ended_at_ts", unit.ended_at_ts)
      .bind(":elapsed", unit.elapsed)
      .bind(":state", unit.state)
      .bind(":allocation", unit.allocation)
      .bind(":tags", unit.tags)
      .bind(":ignore", std::int64_t{unit.ignored ? 1 : 0})
      .bind(":last_updated_at", last_updated_at);
  bind_metrics(statement, unit.metrics, after.metrics);
  join_owner({cluster_id, unit.resource_manager, unit.project, unit.groupname, unit.username}, after.owner);
  return statement.run();
}

}  // namespace

base::Result<UpsertedUnit> upsert_unit(Connection& connection, std::string_view cluster_id, const Unit& unit,
                                       const MeanWeights& weights, const MissingWeights& missing,
                                       std::string_view last_updated_at, RowChange& change) {
  static const std::string kSelect =
      select_row("units", "ended_at_ts", "cluster_id = ? and uuid = ? and started_at = ?", "ended_at");
  FoundRow row;
  Metrics metrics;
  CEEMS_TRY(change.existed, find_row(connection, kSelect, {cluster_id, unit.uuid, unit.started_at}, row,
                                     change.before, metrics));
  change.after.fact = unit.ended_at_ts;
  change.after.last_updated_at = last_updated_at;
  if (!change.existed) {
    CEEMS_TRY_VOID(insert_unit(connection, cluster_id, unit, last_updated_at, change.after));
    return UpsertedUnit{.is_new = true, .project = unit.project, .username = unit.username};
  }
  const OwnerTexts owner = split_owner(change.before.owner);
  const auto known = [&owner](OwnerText which, const std::string& told) {
    const std::string_view text = owner[static_cast<std::size_t>(which)];
    return text.empty() ? told : std::string(text);
  };
  // An owner that was not known at first is filled in.
  UpsertedUnit whose{.is_new = false,
                     .project = known(OwnerText::kProject, unit.project),
                     .username = known(OwnerText::kUser, unit.username)};
  const Changes changes{.end = row.detail != unit.ended_at || change.before.fact != unit.ended_at_ts,
                        .owner = whose.project != owner[static_cast<std::size_t>(OwnerText::kProject)] ||
                                 whose.username != owner[static_cast<std::size_t>(OwnerText::kUser)]};
  CEEMS_TRY(Statement statement, connection.prepare(unit_update(changes)));
  statement.bind(":id", row.id)
      .bind(":elapsed", unit.elapsed)
      .bind(":state", unit.state)
      .bind(":tags", unit.tags)
      .bind(":ignore", std::int64_t{unit.ignored ? 1 : 0})
      .bind(":last_updated_at", last_updated_at);
  if (changes.end) statement.bind(":ended_at", unit.ended_at).bind(":ended_at_ts", unit.ended_at_ts);
  if (changes.owner) statement.bind(":username", whose.username).bind(":project", whose.project);
  add_window(metrics, unit.metrics, weights, missing);
  bind_metrics(statement, metrics, change.after.metrics);
  join_owner({owner[0], owner[1], whose.project, owner[3], whose.username}, change.after.owner);
  CEEMS_TRY_VOID(statement.run());
  return whose;
}

base::Status add_late(Connection& connection, std::string_view table, std::string_view where,
                      const std::vector<std::string>& key, Metric metric, const MetricMap& value,
                      const LateWeights& weights, const MetricMap& missing) {
  CEEMS_TRY(Statement statement,
            connection.prepare(fmt::format(
                "update {} set {} = {} where {}", table, metric_name(metric),
                combined(metric, "?1", fmt::format("metric_value(total_time_seconds, '{}')", weights.key),
                         "?2", "?3"),
                where)));
  statement.bind(1, to_json(value));
  int parameter = 2;
  if (combination(metric) == Combination::kWeightedMean) {
    statement.bind(2, weights.added).bind(3, to_json(missing));
    parameter = 4;
  }
  for (const std::string& part : key)
    statement.bind(parameter++, part);
  return statement.run();
}

}  // namespace ceems::store
