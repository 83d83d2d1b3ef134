#include "api/handlers.h"
#include "api/reply.h"
#include "api/window.h"

#include <optional>

namespace ceems::api {

namespace {

http::Response list_stats(const Backend& backend, const Call& call, std::optional<store::TimeRange> window) {
  const auto rows = backend.reader.stats(call.parameters.list("cluster_id"), window);
  return rows ? list_reply(*rows) : internal_error(rows.error());
}

}  // namespace

http::Response current_stats_admin(const Backend& backend, const Call& call) {
  const auto window = read_window(call.parameters, {backend.now(), backend.max_period});
  if (!window) return error_reply(ErrorType::kBadData, window.error().message);
  return list_stats(backend, call, *window);
}

http::Response global_stats_admin(const Backend& backend, const Call& call) {
  return list_stats(backend, call, std::nullopt);
}

http::Response clusters_admin(const Backend& backend, const Call& /*call*/) {
  const auto rows = backend.reader.clusters();
  return rows ? list_reply(*rows) : internal_error(rows.error());
}

}  // namespace ceems::api
