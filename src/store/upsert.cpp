#include "store/upsert.h"

#include "store/json_scan.h"
#include "store/owners.h"
#include "store/tolerant.h"

#include <array>
#include <initializer_list>
#include <optional>

#include <fmt/format.h>

namespace ceems::store {

namespace {

// "total_time_seconds, avg_cpu_usage, …", each with the prefix.
std::string metric_list(std::string_view prefix) {
  std::string list;
  for (const Metric metric : all_metrics()) {
    if (!list.empty()) list += ", ";
    list += prefix;
    list += metric_name(metric);
  }
  return list;
}

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

// Metrics are bound by number: behind all parameters that have names.
constexpr int kFirstMetricParameter = 100;

std::string assign_metrics() {
  std::string list;
  for (const Metric metric : all_metrics())
    list += fmt::format(", {} = ?{}", metric_name(metric), kFirstMetricParameter + static_cast<int>(metric));
  return list;
}

std::string metric_parameters() {
  std::string list;
  for (const Metric metric : all_metrics())
    list += fmt::format("{}?{}", list.empty() ? "" : ", ", kFirstMetricParameter + static_cast<int>(metric));
  return list;
}

// What a row held that is there already.
struct StoredRow {
  std::int64_t id = 0;
  Metrics metrics{};
};

// Fills `state` too. `fact`: the column of that.
base::Result<std::optional<StoredRow>> find_row(Connection& connection, std::string_view table,
                                                std::string_view fact, std::string_view where,
                                                std::initializer_list<std::string_view> key,
                                                RowState& state) {
  CEEMS_TRY(Statement statement,
            connection.prepare(fmt::format("select id, {}, {}, last_updated_at, {} from {} where {}", fact,
                                           kOwnerColumns, metric_list(""), table, where)));
  int parameter = 1;
  for (const std::string_view part : key)
    statement.bind(parameter++, part);
  CEEMS_TRY(const bool found, statement.step());
  if (!found) return std::nullopt;
  StoredRow row;
  row.id = statement.integer(0);
  state.fact = statement.integer(1);
  read_owner(statement, 2, state.owner);
  int column = 2 + static_cast<int>(kOwnerTexts);
  state.last_updated_at = statement.text(column++);
  for (const Metric metric : all_metrics()) {
    const std::string_view text = statement.text(column++);
    state.metrics[static_cast<std::size_t>(metric)] = text;
    row.metrics[metric] = read_metric_map(text);
  }
  return row;
}

Metrics combine(const Metrics& old, const Metrics& added, const MissingWeights& missing) {
  Metrics result;
  const auto weight = [](const Metrics& metrics, Metric metric) {
    return metrics[Metric::kTotalTimeSeconds].value_or(weight_key(metric), 0);
  };
  for (const Metric metric : all_metrics()) {
    switch (combination(metric)) {
      case Combination::kSum:
        result[metric] = sum(old[metric], added[metric]);
        break;
      case Combination::kMinimum:
        result[metric] = minimum(old[metric], added[metric]);
        break;
      case Combination::kMaximum:
        result[metric] = maximum(old[metric], added[metric]);
        break;
      case Combination::kWeightedMean:
        result[metric] = weighted_mean(old[metric], added[metric], weight(old, metric), weight(added, metric),
                                       missing[metric]);
        break;
    }
  }
  return result;
}

// Keeps their texts in `texts`.
void bind_metrics(Statement& statement, const Metrics& metrics,
                  std::array<std::string, kMetricCount>& texts) {
  for (const Metric metric : all_metrics()) {
    std::string& text = texts[static_cast<std::size_t>(metric)];
    text.clear();
    append_json(text, metrics[metric]);
    statement.bind(kFirstMetricParameter + static_cast<int>(metric), text);
  }
}

// Whether a row is there is found out first, and what it holds is combined here: SQLite's statement that
// makes or updates ("on conflict do update") has it keep a copy of every page for the case that it fails half
// way, and its functions would read each text several times.
const std::string& unit_update() {
  static const std::string kSql = fmt::format(
      "update units set ended_at = :ended_at, ended_at_ts = :ended_at_ts, elapsed = :elapsed, state = "
      ":state, "
      "tags = :tags, \"ignore\" = :ignore, last_updated_at = :last_updated_at, "
      // An owner that was not known at first is filled in; one that is known never changes.
      "username = iif(ifnull(username, '') = '', :username, username), "
      "project = iif(ifnull(project, '') = '', :project, project), num_updates = num_updates + 1{} where id "
      "= :id",
      assign_metrics());
  return kSql;
}

const std::string& unit_insert() {
  static const std::string kSql = fmt::format(
      "insert into units (resource_manager, cluster_id, uuid, name, project, groupname, username, "
      "created_at, "
      "started_at, ended_at, created_at_ts, started_at_ts, ended_at_ts, elapsed, state, allocation, tags, "
      "\"ignore\", last_updated_at, {}) values (:resource_manager, :cluster_id, :uuid, :name, :project, "
      ":groupname, :username, :created_at, :started_at, :ended_at, :created_at_ts, :started_at_ts, "
      ":ended_at_ts, :elapsed, :state, :allocation, :tags, :ignore, :last_updated_at, {})",
      metric_list(""), metric_parameters());
  return kSql;
}

struct UsageSql {
  std::string update;
  std::string insert;
};

const UsageSql& usage_sql(UsageTable table) {
  static const auto make = [](std::string_view name) {
    return UsageSql{
        .update = fmt::format(
            "update {} set num_units = ifnull(num_units, 0) + :num_units, "
            "num_updates = num_updates + 1, "
            "last_updated_at = max(ifnull(last_updated_at, ''), :last_updated_at){} where id = :id",
            name, assign_metrics()),
        .insert = fmt::format(
            "insert into {} (resource_manager, cluster_id, num_units, project, groupname, username, "
            "last_updated_at, {}) values (:resource_manager, :cluster_id, :num_units, :project, :groupname, "
            ":username, :last_updated_at, {})",
            name, metric_list(""), metric_parameters())};
  };
  static const UsageSql kUsage = make("usage");
  static const UsageSql kDaily = make("daily_usage");
  return table == UsageTable::kUsage ? kUsage : kDaily;
}

base::Status upsert_person(Connection& connection, std::string_view table, std::string_view list_column,
                           std::string_view uid, std::string_view cluster_id, std::string_view manager,
                           std::string_view name, const std::vector<std::string>& list,
                           const std::vector<std::string>& tags, std::string_view last_updated_at,
                           bool replace) {
  CEEMS_TRY(Statement statement,
            connection.prepare(fmt::format(
                "insert into {0} (uid, cluster_id, resource_manager, name, {1}, tags, last_updated_at) "
                "values (:uid, :cluster_id, :resource_manager, :name, merge_list('[]', :list, 0), :tags, "
                ":last_updated_at) on conflict (cluster_id, name) do update set uid = excluded.uid, "
                "resource_manager = excluded.resource_manager, "
                "{1} = merge_list({1}, excluded.{1}, :replace), tags = excluded.tags, "
                "last_updated_at = excluded.last_updated_at",
                table, list_column)));
  statement.bind(":uid", uid)
      .bind(":cluster_id", cluster_id)
      .bind(":resource_manager", manager)
      .bind(":name", name)
      .bind(":list", to_json(list))
      .bind(":tags", to_json(tags))
      .bind(":last_updated_at", last_updated_at)
      .bind(":replace", std::int64_t{replace ? 1 : 0});
  return statement.run();
}

}  // namespace

base::Result<UpsertedUnit> upsert_unit(Connection& connection, const Unit& unit,
                                       const MissingWeights& missing, std::string_view last_updated_at,
                                       RowChange& change) {
  CEEMS_TRY(const auto stored,
            find_row(connection, "units", "ended_at_ts", "cluster_id = ? and uuid = ? and started_at = ?",
                     {unit.cluster_id, unit.uuid, unit.started_at}, change.before));
  change.existed = stored.has_value();
  change.after.fact = unit.ended_at_ts;
  change.after.last_updated_at = last_updated_at;
  if (stored) {
    const OwnerTexts owner = split_owner(change.before.owner);
    const auto known = [&owner](OwnerText which, const std::string& told) {
      const std::string_view text = owner[static_cast<std::size_t>(which)];
      return text.empty() ? told : std::string(text);
    };
    UpsertedUnit whose{.is_new = false,
                       .project = known(OwnerText::kProject, unit.project),
                       .username = known(OwnerText::kUser, unit.username)};
    CEEMS_TRY(Statement statement, connection.prepare(unit_update()));
    statement.bind(":id", stored->id)
        .bind(":project", whose.project)
        .bind(":username", whose.username)
        .bind(":ended_at", unit.ended_at)
        .bind(":ended_at_ts", unit.ended_at_ts)
        .bind(":elapsed", unit.elapsed)
        .bind(":state", unit.state)
        .bind(":tags", unit.tags)
        .bind(":ignore", std::int64_t{unit.ignored ? 1 : 0})
        .bind(":last_updated_at", last_updated_at);
    bind_metrics(statement, combine(stored->metrics, unit.metrics, missing), change.after.metrics);
    join_owner({owner[0], owner[1], whose.project, owner[3], whose.username}, change.after.owner);
    CEEMS_TRY_VOID(statement.run());
    return whose;
  }
  CEEMS_TRY(Statement statement, connection.prepare(unit_insert()));
  statement.bind(":resource_manager", unit.resource_manager)
      .bind(":cluster_id", unit.cluster_id)
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
  bind_metrics(statement, unit.metrics, change.after.metrics);
  join_owner({unit.cluster_id, unit.resource_manager, unit.project, unit.groupname, unit.username},
             change.after.owner);
  CEEMS_TRY_VOID(statement.run());
  return UpsertedUnit{.is_new = true, .project = unit.project, .username = unit.username};
}

base::Status upsert_usage(Connection& connection, UsageTable table, const Unit& increment,
                          std::int64_t new_units, const MissingWeights& missing,
                          std::string_view last_updated_at, RowChange& change) {
  const UsageSql& sql = usage_sql(table);
  const auto find = [&]() {
    if (table == UsageTable::kUsage)
      return find_row(connection, "usage", "num_units", "cluster_id = ? and username = ? and project = ?",
                      {increment.cluster_id, increment.username, increment.project}, change.before);
    return find_row(connection, "daily_usage", "num_units",
                    "cluster_id = ? and username = ? and project = ? and last_updated_at = ?",
                    {increment.cluster_id, increment.username, increment.project, last_updated_at},
                    change.before);
  };
  CEEMS_TRY(const auto stored, find());
  change.existed = stored.has_value();
  change.after.last_updated_at = last_updated_at;
  if (stored) {
    change.after.owner = change.before.owner;
    change.after.fact = change.before.fact + new_units;
    CEEMS_TRY(Statement statement, connection.prepare(sql.update));
    statement.bind(":id", stored->id).bind(":num_units", new_units).bind(":last_updated_at", last_updated_at);
    bind_metrics(statement, combine(stored->metrics, increment.metrics, missing), change.after.metrics);
    return statement.run();
  }
  change.after.fact = new_units;
  join_owner({increment.cluster_id, increment.resource_manager, increment.project, increment.groupname,
              increment.username},
             change.after.owner);
  CEEMS_TRY(Statement statement, connection.prepare(sql.insert));
  statement.bind(":resource_manager", increment.resource_manager)
      .bind(":cluster_id", increment.cluster_id)
      .bind(":num_units", new_units)
      .bind(":project", increment.project)
      .bind(":groupname", increment.groupname)
      .bind(":username", increment.username)
      .bind(":last_updated_at", last_updated_at);
  bind_metrics(statement, increment.metrics, change.after.metrics);
  return statement.run();
}

base::Status add_late(Connection& connection, std::string_view table, std::string_view where,
                      const std::vector<std::string>& key, Metric metric, const MetricMap& value,
                      double weight, const MetricMap& missing) {
  CEEMS_TRY(
      Statement statement,
      connection.prepare(fmt::format(
          "update {} set {} = {} where {}", table, metric_name(metric),
          combined(metric, "?1", fmt::format("metric_value(total_time_seconds, '{}')", weight_key(metric)),
                   "?2", "?3"),
          where)));
  statement.bind(1, to_json(value));
  int parameter = 2;
  if (combination(metric) == Combination::kWeightedMean) {
    statement.bind(2, weight).bind(3, to_json(missing));
    parameter = 4;
  }
  for (const std::string& part : key)
    statement.bind(parameter++, part);
  return statement.run();
}

base::Status upsert_user(Connection& connection, const User& user, bool replace_list) {
  return upsert_person(connection, "users", "projects", user.uid, user.cluster_id, user.resource_manager,
                       user.name, user.projects, user.tags, user.last_updated_at, replace_list);
}

base::Status upsert_project(Connection& connection, const Project& project, bool replace_list) {
  return upsert_person(connection, "projects", "users", project.uid, project.cluster_id,
                       project.resource_manager, project.name, project.users, project.tags,
                       project.last_updated_at, replace_list);
}

base::Status upsert_admin(Connection& connection, std::string_view name, std::string_view source,
                          std::string_view last_updated_at) {
  return upsert_person(connection, "admin_users", "projects", "", "all", "", name, {}, {std::string(source)},
                       last_updated_at, true);
}

}  // namespace ceems::store
