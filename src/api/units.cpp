#include "access/scope.h"
#include "api/fields.h"
#include "api/handlers.h"
#include "api/reply.h"
#include "api/window.h"
#include "base/log.h"
#include "store/time_zone.h"

#include <memory>
#include <optional>
#include <utility>

namespace ceems::api {

namespace {

base::Result<std::optional<std::uint64_t>> read_count(const Parameters& parameters, const char* name) {
  const auto value = parameters.integer(name);
  if (!value || value->value_or(0) < 0)
    return base::fail(base::ErrorCode::kInvalid, "", "query parameter '{}': not a whole number", name);
  if (!*value) return std::nullopt;
  return static_cast<std::uint64_t>(**value);
}

base::Result<store::UnitQuery> read_query(const Backend& backend, const Parameters& parameters,
                                          const access::OwnerScope& scope) {
  store::UnitQuery query;
  query.clusters = parameters.list("cluster_id");
  query.owners = scope.owners();
  query.projects = parameters.list("project");
  query.uuids = parameters.list("uuid");
  CEEMS_TRY(query.fields, read_unit_fields(parameters.list("field")));
  if (query.uuids.empty()) {
    CEEMS_TRY(query.ended, read_window(parameters, {backend.now(), backend.max_period}));
    query.running = parameters.flag("running");
  }
  CEEMS_TRY(query.limit, read_count(parameters, "limit"));
  CEEMS_TRY(const auto offset, read_count(parameters, "offset"));
  query.offset = offset.value_or(0);
  return query;
}

// Writes the same instants in another zone; placeholders such as "Unknown" stay.
void convert_times(store::Unit& unit, const store::TimeZone& zone) {
  for (std::string* text : {&unit.created_at, &unit.started_at, &unit.ended_at}) {
    if (const auto ms = store::parse_zoned(*text)) *text = zone.zoned(*ms);
  }
}

std::optional<store::TimeZone> read_zone(const Parameters& parameters) {
  const std::string name = parameters.first("timezone");
  if (name.empty()) return std::nullopt;
  const auto zone = store::TimeZone::find(name);
  return zone ? std::optional(*zone) : std::nullopt;
}

http::Response list_units(const Backend& backend, const Call& call, const access::OwnerScope& scope) {
  auto query = read_query(backend, call.parameters, scope);
  if (!query) return error_reply(ErrorType::kBadData, query.error().message);
  auto cursor = backend.reader.units(*std::move(query));
  if (!cursor) return internal_error(cursor.error());

  std::shared_ptr<store::UnitCursor> rows = *std::move(cursor);
  return streamed_reply([rows, zone = read_zone(call.parameters)](std::string& out) -> base::Result<bool> {
    CEEMS_TRY(std::vector<store::Unit> page, rows->next());
    if (zone) {
      for (store::Unit& unit : page)
        convert_times(unit, *zone);
    }
    append_rows(out, page);
    return !page.empty();
  });
}

}  // namespace

http::Response units(const Backend& backend, const Call& call) {
  const auto scope = access::own_scope(backend.directory, call.caller.user, call.parameters.list("project"));
  if (!scope) return internal_error(scope.error());
  return list_units(backend, call, *scope);
}

http::Response units_admin(const Backend& backend, const Call& call) {
  return list_units(
      backend, call,
      access::administered_scope(call.parameters.list("user"), call.parameters.list("project")));
}

http::Response verify(const Backend& backend, const Call& call) {
  const auto uuids = call.parameters.list("uuid");
  if (uuids.empty()) return error_reply(ErrorType::kBadData, "uuids missing in the request");
  const auto owned =
      access::owns_all(backend.directory, call.caller.user, uuids, call.parameters.list("cluster_id"));
  if (!owned) base::Logger().error("ownership could not be checked", {{"error", owned.error()}});
  if (!owned || !*owned) return error_reply(ErrorType::kForbidden, "user do not have permissions on uuids");
  return empty_reply();
}

}  // namespace ceems::api
