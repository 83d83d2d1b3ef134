#include "store/schema.h"

#include "base/check.h"
#include "base/log.h"
#include "store/runs.h"
#include "store/sqlite.h"

#include <array>
#include <string_view>

#include <fmt/format.h>

namespace ceems::store {

namespace {

// The metric columns as they stood at version 1.
constexpr std::string_view kMetricColumns = R"sql(
  total_time_seconds text default '{}',
  avg_cpu_usage text default '{}',
  avg_cpu_mem_usage text default '{}',
  total_cpu_energy_usage_kwh text default '{}',
  total_cpu_emissions_gms text default '{}',
  avg_gpu_usage text default '{}',
  avg_gpu_mem_usage text default '{}',
  total_gpu_energy_usage_kwh text default '{}',
  total_gpu_emissions_gms text default '{}',
  total_io_write_stats text default '{}',
  total_io_read_stats text default '{}',
  total_ingress_stats text default '{}',
  total_outgress_stats text default '{}',
)sql";

std::string units_table() {
  return fmt::format(R"sql(
create table units (
  id integer not null primary key,
  resource_manager text default '',
  cluster_id text,
  uuid text,
  name text,
  project text,
  groupname text,
  username text,
  created_at text,
  started_at text,
  ended_at text,
  created_at_ts integer,
  started_at_ts integer,
  ended_at_ts integer,
  elapsed text,
  state text,
  allocation text default '{{}}',{}
  tags text default '{{}}',
  "ignore" integer,
  num_updates integer default 0,
  last_updated_at text
);
create index idx_cluster_id_usr_uuid on units (cluster_id, username, uuid);
create unique index uq_cluster_id_uuid_start on units (cluster_id, uuid, started_at);
)sql",
                     kMetricColumns);
}

std::string usage_table(std::string_view table, std::string_view index, std::string_view key) {
  return fmt::format(R"sql(
create table {} (
  id integer not null primary key,
  resource_manager text default '',
  cluster_id text,
  num_units integer,
  project text,
  groupname text,
  username text,{}
  num_updates integer default 0,
  last_updated_at text
);
create unique index {} on {} ({});
)sql",
                     table, kMetricColumns, index, table, key);
}

std::string people_table(std::string_view table, std::string_view list, std::string_view index) {
  return fmt::format(R"sql(
create table {0} (
  id integer not null primary key,
  uid text,
  cluster_id text,
  resource_manager text,
  name text,
  {1} text default '[]',
  tags text default '[]',
  last_updated_at text
);
create unique index {2} on {0} (cluster_id, name);
)sql",
                     table, list, index);
}

constexpr std::string_view kAdminUsersByTag = R"sql(
create table admin_users (
  id integer not null primary key,
  source text,
  users text default '[]',
  last_updated_at text
);
create unique index uq_source on admin_users (source);
)sql";

constexpr std::string_view kAdminUsersByName = R"sql(
alter table admin_users rename to admin_users_by_source;
drop index uq_source;
create table admin_users (
  id integer not null primary key,
  uid text default '',
  cluster_id text default 'all',
  resource_manager text default '',
  name text,
  projects text default '[]',
  tags text default '[]',
  last_updated_at text
);
create unique index uq_cluster_id_admin_user on admin_users (cluster_id, name);
insert or replace into admin_users (name, tags, last_updated_at)
  select each.value, json_array(old.source), old.last_updated_at
  from admin_users_by_source as old,
       json_each(case when json_valid(old.users) and json_type(old.users) = 'array' then old.users else '[]' end)
         as each
  where ifnull(each.value, '') <> ''
  order by old.id, each.key;
drop table admin_users_by_source;
)sql";

std::string for_metric_tables(std::string_view change) {
  std::string sql;
  for (const std::string_view table : {"units", "usage", "daily_usage"})
    sql += fmt::format("alter table {} {};\n", table, change);
  return sql;
}

std::string custom_columns() {
  std::string sql;
  for (const std::string_view column :
       {"total_custom_stats", "avg_custom_stats", "min_custom_stats", "max_custom_stats"})
    sql += for_metric_tables(fmt::format("add column {} default '{{}}'", column));
  return sql;
}

const std::array<std::string, kSchemaVersion>& migrations() {
  static const std::array<std::string, kSchemaVersion> kMigrations = {
      units_table(),
      usage_table("usage", "uq_cluster_id_project_usr", "cluster_id, username, project"),
      people_table("users", "projects", "uq_cluster_id_user"),
      people_table("projects", "users", "uq_cluster_id_project"),
      std::string(kAdminUsersByTag),
      "create index idx_cluster_id_project_user_ended on units (cluster_id, project, username, ended_at);",
      usage_table("daily_usage", "uq_cluster_id_project_usr_lastupdated",
                  "cluster_id, username, project, last_updated_at"),
      std::string(kAdminUsersByName),
      for_metric_tables("rename column total_outgress_stats to total_egress_stats"),
      custom_columns(),
  };
  return kMigrations;
}

constexpr const char* kBookkeeping = R"sql(
create table if not exists schema_migrations (version uint64, dirty bool);
create unique index if not exists version_unique on schema_migrations (version);
)sql";

// Ours alone: they may be dropped at any time at the cost of time, except that windows that wait for a
// repeated query are then given up.
constexpr const char* kOwnTables = R"sql(
create table if not exists ceems_state (name text primary key, value text not null) without rowid;
create table if not exists ceems_cluster_progress (
  cluster_id text primary key,
  window_end_ms integer not null
) without rowid;
create table if not exists ceems_pending_windows (
  id integer primary key,
  cluster_id text not null,
  updater_id text not null,
  window_end_ms integer not null,
  range_start_ms integer not null,
  range_end_ms integer not null,
  manager text not null,
  queries text not null,
  units text not null,
  attempts integer not null,
  next_attempt_ms integer not null,
  reason text not null
);
create index if not exists ceems_pending_windows_due on ceems_pending_windows (next_attempt_ms);
create index if not exists ceems_pending_windows_cluster on ceems_pending_windows (cluster_id);
create table if not exists ceems_rollup_keys (id integer primary key, metric text not null, name text not null);
create table if not exists ceems_rollup_owners (
  id integer primary key,
  cluster_id text not null,
  resource_manager text not null,
  project text not null,
  groupname text not null,
  username text not null
);
create unique index if not exists ceems_rollup_owners_names on ceems_rollup_owners
  (username, project, cluster_id, resource_manager, groupname);
create index if not exists ceems_rollup_owners_project on ceems_rollup_owners (project, cluster_id);
create table if not exists ceems_rollup_sums (
  kind integer not null,
  level integer not null,
  block integer not null,
  owner integer not null,
  sums blob not null,
  primary key (kind, level, block, owner)
) without rowid;
)sql";

std::vector<std::string> indexes() {
  return {
      "create index if not exists ceems_units_user_ended on units (username, ended_at_ts)",
      "create index if not exists ceems_units_project_ended on units (project, ended_at_ts)",
      fmt::format("create index if not exists {} on units (cluster_id, resource_manager, ended_at_ts)",
                  kManagerIndex),
      "create index if not exists ceems_units_ended on units (ended_at_ts)",
      "create index if not exists ceems_units_updated on units (last_updated_at)",
      "create index if not exists ceems_daily_usage_updated on daily_usage (last_updated_at)",
      "create index if not exists ceems_units_project_long on units (project, ended_at_ts, started_at_ts, "
      "created_at_ts, cluster_id, uuid) where " +
          ran_long(),
  };
}

base::Result<std::int64_t> stored_version(Connection& connection) {
  CEEMS_TRY(Statement statement, connection.prepare("select version, dirty from schema_migrations limit 1"));
  CEEMS_TRY(const bool row, statement.step());
  if (!row) return 0;
  const std::int64_t version = statement.integer(0);
  if (statement.integer(1) != 0)
    return base::fail(
        base::ErrorCode::kInvalid, connection.path(),
        "the step to schema version {} was not finished (dirty flag in schema_migrations): restore a "
        "backup",
        version);
  if (version < 1 || version > kSchemaVersion)
    return base::fail(base::ErrorCode::kInvalid, connection.path(),
                      "schema version {} is unknown; this program knows versions 1 to {}", version,
                      kSchemaVersion);
  return version;
}

base::Status step_to(Connection& connection, std::int64_t version) {
  CEEMS_TRY(Transaction transaction, Transaction::begin(connection, Transaction::Kind::kWrite));
  if (auto status = connection.execute(migration(version)); !status)
    return base::wrap(std::move(status).error(), fmt::format("step to schema version {}", version));
  CEEMS_TRY_VOID(connection.execute(fmt::format(
      "delete from schema_migrations; insert into schema_migrations (version, dirty) values ({}, 0)",
      version)));
  return transaction.commit();
}

}  // namespace

const std::string& migration(std::int64_t version) {
  CEEMS_CHECK(version >= 1 && version <= kSchemaVersion);
  return migrations()[static_cast<std::size_t>(version - 1)];
}

base::Status migrate(Connection& connection) {
  CEEMS_TRY_VOID(connection.execute(kBookkeeping));
  CEEMS_TRY(const std::int64_t from, stored_version(connection));
  for (std::int64_t version = from + 1; version <= kSchemaVersion; ++version)
    CEEMS_TRY_VOID(step_to(connection, version));
  if (from != 0 && from != kSchemaVersion)
    base::Logger().info("upgraded the database", {{"from", from}, {"to", kSchemaVersion}});
  return connection.execute(kOwnTables);
}

base::Status create_indexes(Connection& connection) {
  for (const std::string& index : indexes())
    CEEMS_TRY_VOID(connection.execute(index));
  return {};
}

}  // namespace ceems::store
