#include "access/scope.h"
#include "api/fields.h"
#include "api/handlers.h"
#include "api/reply.h"
#include "api/window.h"

#include <memory>
#include <utility>

namespace ceems::api {

namespace {

base::Result<store::UsageQuery> read_rows(const Parameters& parameters, const access::ProjectScope& scope) {
  store::UsageQuery query;
  query.clusters = parameters.list("cluster_id");
  query.projects = parameters.list("project");
  query.membership = scope;
  CEEMS_TRY(query.fields, read_usage_fields(parameters.list("field")));
  return query;
}

base::Result<store::CurrentUsageQuery> read_current(const Backend& backend, const Parameters& parameters,
                                                    const access::ProjectScope& scope) {
  store::CurrentUsageQuery query;
  CEEMS_TRY(query.rows, read_rows(parameters, scope));
  CEEMS_TRY(query.window, read_usage_window(parameters, {backend.now(), backend.max_period}));
  CEEMS_TRY(query.group_by, read_group_by(parameters.list("groupby")));
  if (backend.exact_usage || parameters.flag("experimental")) query.source = store::UsageSource::kDailyUsage;
  query.terminated_only = query.source == store::UsageSource::kUnits && parameters.flag("__terminated");
  return query;
}

http::Response reply(base::Result<std::unique_ptr<store::UsageCursor>> cursor) {
  if (!cursor) return internal_error(cursor.error());
  std::shared_ptr<store::UsageCursor> rows = *std::move(cursor);
  return streamed_reply([rows](std::string& out) -> base::Result<bool> {
    bool first = true;
    return rows->next([&](const store::UsageText& row) {
      if (!first) out += ',';
      first = false;
      append(out, row);
    });
  });
}

http::Response current(const Backend& backend, const Call& call,
                       const base::Result<access::ProjectScope>& scope) {
  if (!scope) return internal_error(scope.error());
  const auto query = read_current(backend, call.parameters, *scope);
  if (!query) return error_reply(ErrorType::kBadData, query.error().message);
  return reply(backend.reader.current_usage(*query));
}

http::Response global(const Backend& backend, const Call& call,
                      const base::Result<access::ProjectScope>& scope) {
  if (!scope) return internal_error(scope.error());
  auto query = read_rows(call.parameters, *scope);
  if (!query) return error_reply(ErrorType::kBadData, query.error().message);
  return reply(backend.reader.global_usage(*std::move(query)));
}

base::Result<access::ProjectScope> own(const Backend& backend, const Call& call) {
  return access::own_projects(backend.directory, call.caller.user);
}

base::Result<access::ProjectScope> administered(const Backend& backend, const Call& call) {
  return access::administered_projects(backend.directory, call.parameters.list("user"));
}

}  // namespace

http::Response current_usage(const Backend& backend, const Call& call) {
  return current(backend, call, own(backend, call));
}
http::Response current_usage_admin(const Backend& backend, const Call& call) {
  return current(backend, call, administered(backend, call));
}
http::Response global_usage(const Backend& backend, const Call& call) {
  return global(backend, call, own(backend, call));
}
http::Response global_usage_admin(const Backend& backend, const Call& call) {
  return global(backend, call, administered(backend, call));
}

}  // namespace ceems::api
