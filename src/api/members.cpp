#include "access/scope.h"
#include "api/database_age.h"
#include "api/handlers.h"
#include "api/reply.h"

#include <algorithm>
#include <utility>

namespace ceems::api {

namespace {

http::Response list_users(const Backend& backend, const Call& call, const access::OwnerScope& scope) {
  store::NameQuery query;
  query.clusters = call.parameters.list("cluster_id");
  for (const store::Owner& owner : scope.owners()) {
    if (std::ranges::find(query.names, owner.username) == query.names.end())
      query.names.push_back(owner.username);
  }
  auto rows = backend.reader.users(query);
  if (!rows) return internal_error(rows.error());
  // A service account may be the caller's on one cluster and not on another.
  std::erase_if(*rows, [&](const store::User& user) { return !scope.contains(user.cluster_id, user.name); });
  return list_reply(*rows);
}

http::Response list_projects(const Backend& backend, const Call& call, access::ProjectScope scope) {
  store::ProjectQuery query;
  query.names = call.parameters.list("project");
  query.clusters = call.parameters.list("cluster_id");
  query.membership = std::move(scope);
  const auto rows = backend.reader.projects(query);
  return rows ? list_reply(*rows) : internal_error(rows.error());
}

}  // namespace

http::Response users(const Backend& backend, const Call& call) {
  const auto scope = access::own_scope(backend.directory, call.caller.user, call.parameters.list("project"));
  if (!scope) return internal_error(scope.error());
  return list_users(backend, call, *scope);
}

http::Response users_admin(const Backend& backend, const Call& call) {
  if (call.parameters.first("role") == "admin") {
    const auto age = database_age(backend.reader);
    if (!age) return internal_error(age.error());
    const auto rows = backend.reader.admin_users();
    if (!rows) return internal_error(rows.error());
    http::Response response = list_reply(*rows);
    add_database_age(response, *age);
    return response;
  }
  return list_users(
      backend, call,
      access::administered_scope(call.parameters.list("user"), call.parameters.list("project")));
}

http::Response projects(const Backend& backend, const Call& call) {
  auto scope = access::own_projects(backend.directory, call.caller.user);
  if (!scope) return internal_error(scope.error());
  return list_projects(backend, call, *std::move(scope));
}

http::Response projects_admin(const Backend& backend, const Call& call) {
  return list_projects(backend, call, access::ProjectScope());
}

}  // namespace ceems::api
