#include "store/people.h"

#include "store/json_scan.h"
#include "store/sqlite.h"

#include <string>
#include <vector>

#include <fmt/format.h>

namespace ceems::store {

namespace {

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
