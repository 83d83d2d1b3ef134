#include "store/membership.h"

#include "store/json_scan.h"
#include "store/people.h"
#include "store/progress.h"
#include "store/tolerant.h"

#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace ceems::store {

namespace {

// The clusters that merge, each with the day it was last pruned.
constexpr std::string_view kMergedPrefix = "merged_membership/";

base::Status remove_unnamed(Connection& connection, std::string_view table, std::string_view cluster_id,
                            const std::vector<std::string>& names) {
  CEEMS_TRY(Statement statement,
            connection.prepare(fmt::format("delete from {} where cluster_id = ? and name not in "
                                           "(select value from json_each(?))",
                                           table)));
  statement.bind(1, cluster_id).bind(2, to_json(names));
  return statement.run();
}

using Members = std::map<std::string, std::set<std::string>>;

struct Pairs {
  Members users_of_project;
  Members projects_of_user;
};

base::Result<Pairs> pairs_of_units(Connection& connection, std::string_view cluster_id) {
  CEEMS_TRY(Statement statement,
            connection.prepare("select distinct project, username from units where cluster_id = ?"));
  statement.bind(1, cluster_id);
  Pairs pairs;
  for (;;) {
    CEEMS_TRY(const bool row, statement.step());
    if (!row) return pairs;
    const std::string project(statement.text(0));
    const std::string user(statement.text(1));
    pairs.users_of_project[project].insert(user);
    pairs.projects_of_user[user].insert(project);
  }
}

// Keeps of each row's list what `members` still has, and deletes rows that it does not name.
base::Status prune_table(Connection& connection, std::string_view table, std::string_view list_column,
                         std::string_view cluster_id, const Members& members) {
  std::vector<std::pair<std::int64_t, std::string>> changed;
  std::vector<std::int64_t> gone;
  {
    CEEMS_TRY(Statement rows, connection.prepare(fmt::format(
                                  "select id, name, {} from {} where cluster_id = ?", list_column, table)));
    rows.bind(1, cluster_id);
    for (;;) {
      CEEMS_TRY(const bool row, rows.step());
      if (!row) break;
      const auto known = members.find(std::string(rows.text(1)));
      if (known == members.end()) {
        gone.push_back(rows.integer(0));
        continue;
      }
      std::vector<std::string> kept;
      const std::vector<std::string> list = read_string_list(rows.text(2));
      for (const std::string& name : list)
        if (known->second.contains(name)) kept.push_back(name);
      if (kept.size() != list.size()) changed.emplace_back(rows.integer(0), to_json(kept));
    }
  }
  for (const auto& [id, list] : changed) {
    CEEMS_TRY(Statement update,
              connection.prepare(fmt::format("update {} set {} = ? where id = ?", table, list_column)));
    update.bind(1, list).bind(2, id);
    CEEMS_TRY_VOID(update.run());
  }
  for (const std::int64_t id : gone) {
    CEEMS_TRY(Statement remove, connection.prepare(fmt::format("delete from {} where id = ?", table)));
    remove.bind(1, id);
    CEEMS_TRY_VOID(remove.run());
  }
  return {};
}

base::Result<std::vector<std::string>> merged_clusters_not_pruned(Connection& connection, std::int64_t day) {
  CEEMS_TRY(Statement statement,
            connection.prepare("select substr(name, ?) from ceems_state where name glob ? and value <> ?"));
  statement.bind(1, static_cast<std::int64_t>(kMergedPrefix.size()) + 1)
      .bind(2, fmt::format("{}*", kMergedPrefix))
      .bind(3, fmt::format("{}", day));
  std::vector<std::string> clusters;
  for (;;) {
    CEEMS_TRY(const bool row, statement.step());
    if (!row) return clusters;
    clusters.emplace_back(statement.text(0));
  }
}

}  // namespace

base::Status write_membership(Connection& connection, std::string_view cluster_id, std::string_view manager,
                              const Membership& membership, std::string_view last_updated_at) {
  std::vector<std::string> users;
  for (User user : membership.users) {
    if (user.name.empty()) continue;
    user.cluster_id = cluster_id;
    user.resource_manager = manager;
    if (user.last_updated_at.empty()) user.last_updated_at = last_updated_at;
    CEEMS_TRY_VOID(upsert_user(connection, user, membership.complete));
    users.push_back(std::move(user.name));
  }
  std::vector<std::string> projects;
  for (Project project : membership.projects) {
    if (project.name.empty()) continue;
    project.cluster_id = cluster_id;
    project.resource_manager = manager;
    if (project.last_updated_at.empty()) project.last_updated_at = last_updated_at;
    CEEMS_TRY_VOID(upsert_project(connection, project, membership.complete));
    projects.push_back(std::move(project.name));
  }
  const std::string state = fmt::format("{}{}", kMergedPrefix, cluster_id);
  CEEMS_TRY(const std::optional<std::string> merged, read_state(connection, state));
  if (!membership.complete) return merged ? base::Status() : write_state(connection, state, "");
  CEEMS_TRY_VOID(remove_unnamed(connection, "users", cluster_id, users));
  return remove_unnamed(connection, "projects", cluster_id, projects);
}

base::Status write_admins(Connection& connection, std::string_view source,
                          const std::vector<std::string>& names, std::string_view last_updated_at) {
  for (const std::string& name : names)
    if (!name.empty()) CEEMS_TRY_VOID(upsert_admin(connection, name, source, last_updated_at));
  CEEMS_TRY(Statement statement, connection.prepare("delete from admin_users where tags = ? and name not in "
                                                    "(select value from json_each(?))"));
  statement.bind(1, to_json(std::vector<std::string>{std::string(source)})).bind(2, to_json(names));
  return statement.run();
}

base::Status prune_merged_memberships(Connection& connection, std::int64_t day) {
  CEEMS_TRY(const std::vector<std::string> clusters, merged_clusters_not_pruned(connection, day));
  for (const std::string& cluster : clusters) {
    CEEMS_TRY(Transaction transaction, Transaction::begin(connection, Transaction::Kind::kWrite));
    CEEMS_TRY(const Pairs pairs, pairs_of_units(connection, cluster));
    CEEMS_TRY_VOID(prune_table(connection, "users", "projects", cluster, pairs.projects_of_user));
    CEEMS_TRY_VOID(prune_table(connection, "projects", "users", cluster, pairs.users_of_project));
    CEEMS_TRY_VOID(
        write_state(connection, fmt::format("{}{}", kMergedPrefix, cluster), fmt::format("{}", day)));
    CEEMS_TRY_VOID(transaction.commit());
  }
  return {};
}

}  // namespace ceems::store
