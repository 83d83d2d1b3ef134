#include "store/clusters.h"

#include "store/schema.h"

#include <cstdint>
#include <set>
#include <string>

#include <fmt/format.h>

namespace ceems::store {

namespace {

// A cluster with at most so many units is looked through, and of a larger one so many at either end.
constexpr std::int64_t kUnitsLookedAt = 250;

using Names = std::set<std::string>;

base::Result<bool> has_index(Connection& connection) {
  CEEMS_TRY(const std::int64_t count,
            connection.integer_of(fmt::format(
                "select count(*) from sqlite_master where type = 'index' and name = '{}'", kManagerIndex)));
  return count > 0;
}

base::Result<std::vector<Cluster>> walk_index(Connection& connection) {
  std::vector<Cluster> pairs;
  // One step of the index from pair to pair: the table may hold millions of rows for each. First to the next
  // manager of the same cluster, then to the next cluster.
  constexpr const char* kNextManager =
      "select cluster_id, resource_manager from units where cluster_id = ? and resource_manager > ? "
      "order by resource_manager limit 1";
  constexpr const char* kNextCluster =
      "select cluster_id, resource_manager from units where cluster_id > ? and resource_manager is not null "
      "order by cluster_id, resource_manager limit 1";
  const auto find = [&](const char* sql, const std::vector<std::string>& after) -> base::Result<bool> {
    CEEMS_TRY(Statement statement, connection.prepare(sql));
    for (std::size_t i = 0; i < after.size(); ++i)
      statement.bind(static_cast<int>(i) + 1, after[i]);
    CEEMS_TRY(const bool row, statement.step());
    if (row) pairs.push_back({std::string(statement.text(0)), std::string(statement.text(1))});
    return row;
  };
  CEEMS_TRY(bool more, find("select cluster_id, resource_manager from units where cluster_id is not null and "
                            "resource_manager is not null order by cluster_id, resource_manager limit 1",
                            {}));
  while (more) {
    const Cluster last = pairs.back();
    CEEMS_TRY(more, find(kNextManager, {last.id, last.manager}));
    if (more) continue;
    CEEMS_TRY(more, find(kNextCluster, {last.id}));
  }
  return pairs;
}

// By the unique index of cluster and id, which is always there.
base::Result<Names> clusters_with_units(Connection& connection) {
  Names clusters;
  const char* sql = "select cluster_id from units where cluster_id is not null order by cluster_id limit 1";
  for (std::string last;;) {
    CEEMS_TRY(Statement statement, connection.prepare(sql));
    if (!clusters.empty()) statement.bind(1, last);
    CEEMS_TRY(const bool row, statement.step());
    if (!row) return clusters;
    last = statement.text(0);
    clusters.insert(last);
    sql = "select cluster_id from units where cluster_id > ? order by cluster_id limit 1";
  }
}

// Adds the managers of the units at one end of a cluster. True: these were all units.
base::Result<bool> look_at_units(Connection& connection, const std::string& cluster, bool last,
                                 Names& managers) {
  CEEMS_TRY(Statement statement,
            connection.prepare(
                last ? "select resource_manager from units where cluster_id = ? order by uuid desc limit ?"
                     : "select resource_manager from units where cluster_id = ? order by uuid limit ?"));
  statement.bind(1, cluster).bind(2, kUnitsLookedAt + 1);
  for (std::int64_t seen = 0;; ++seen) {
    CEEMS_TRY(const bool row, statement.step());
    if (!row) return seen <= kUnitsLookedAt;
    if (!statement.is_null(0)) managers.emplace(statement.text(0));
  }
}

base::Status look_at_usage(Connection& connection, const std::string& cluster, Names& managers) {
  CEEMS_TRY(Statement statement,
            connection.prepare("select distinct resource_manager from usage where cluster_id = ? and "
                               "resource_manager is not null"));
  statement.bind(1, cluster);
  for (;;) {
    CEEMS_TRY(const bool row, statement.step());
    if (!row) return {};
    managers.emplace(statement.text(0));
  }
}

base::Result<std::vector<Cluster>> do_without_index(Connection& connection) {
  CEEMS_TRY(const Names clusters, clusters_with_units(connection));
  std::vector<Cluster> pairs;
  for (const std::string& cluster : clusters) {
    Names managers;
    CEEMS_TRY(const bool complete, look_at_units(connection, cluster, false, managers));
    if (!complete) {
      CEEMS_TRY_VOID(look_at_units(connection, cluster, true, managers));
      CEEMS_TRY_VOID(look_at_usage(connection, cluster, managers));
    }
    for (const std::string& manager : managers)
      pairs.push_back({cluster, manager});
  }
  return pairs;
}

}  // namespace

base::Result<std::vector<Cluster>> read_clusters(Connection& connection) {
  CEEMS_TRY(const bool indexed, has_index(connection));
  return indexed ? walk_index(connection) : do_without_index(connection);
}

}  // namespace ceems::store
