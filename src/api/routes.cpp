#include "api/routes.h"

#include "api/handlers.h"
#include "api/landing.h"
#include "api/pipeline.h"

#include <memory>
#include <utility>

namespace ceems::api {

namespace {

using namespace std::chrono_literals;
using Audience = Pipeline::Audience;

struct ApiRoute {
  const char* path;
  Audience audience;
  CallHandler handler;
  std::chrono::milliseconds write_timeout;
};

std::vector<ApiRoute> api_routes() {
  constexpr auto kQuick = 10s;
  constexpr auto kCounting = 1min;
  constexpr auto kLong = 5min;
  using enum Audience;
  return {
      {"/users", kUsers, users, kQuick},
      {"/users/admin", kAdministrators, users_admin, kQuick},
      {"/projects", kUsers, projects, kQuick},
      {"/projects/admin", kAdministrators, projects_admin, kQuick},
      {"/units", kUsers, units, kLong},
      {"/units/admin", kAdministrators, units_admin, kLong},
      {"/units/verify", kUsers, verify, kQuick},
      {"/units/owned", kServiceAccount, owned, kCounting},
      {"/usage/current", kUsers, current_usage, kLong},
      {"/usage/current/admin", kAdministrators, current_usage_admin, kLong},
      {"/usage/global", kUsers, global_usage, kLong},
      {"/usage/global/admin", kAdministrators, global_usage_admin, kLong},
      {"/stats/current/admin", kAdministrators, current_stats_admin, kCounting},
      {"/stats/global/admin", kAdministrators, global_stats_admin, kCounting},
      {"/clusters/admin", kAdministrators, clusters_admin, kQuick},
  };
}

http::Route health_route(const std::shared_ptr<Pipeline>& pipeline) {
  http::Route route;
  route.path = "/health";
  route.handler = Pipeline::for_anybody(pipeline, [pipeline](const http::Request&) {
    return pipeline->backend().reader.ping() ? http::text_response(200, "CEEMS API Server is healthy")
                                             : http::text_response(503, "KO");
  });
  return route;
}

http::Route landing_route(const std::string& api_root, bool has_metrics) {
  http::Response page;
  page.fields.add("Content-Type", "text/html; charset=utf-8");
  page.fields.add("X-Content-Type-Options", "nosniff");
  page.body = std::make_shared<const std::string>(landing_page(api_root, has_metrics));
  http::Route route;
  route.path = "/";
  route.quick = true;
  route.handler = [page](const http::Request&) { return page; };
  return route;
}

http::Route metrics_route(std::function<std::string()> metrics) {
  http::Route route;
  route.path = "/metrics";
  route.methods = {"GET"};
  route.handler = [metrics = std::move(metrics)](const http::Request&) {
    http::Response response;
    response.fields.add("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    response.body = metrics();
    return response;
  };
  return route;
}

}  // namespace

base::Result<std::vector<http::Route>> make_routes(Options options, store::Reader& reader,
                                                   const access::Directory& directory) {
  const std::string api_root = (options.route_prefix == "/" ? "" : options.route_prefix) + "/api/v1";
  CEEMS_TRY(const auto pipeline, Pipeline::create(std::move(options), reader, directory));
  const auto& metrics = pipeline->options().metrics;

  std::vector<http::Route> routes;
  routes.push_back(landing_route(api_root, metrics != nullptr));
  routes.push_back(health_route(pipeline));
  if (metrics) routes.push_back(metrics_route(metrics));
  for (ApiRoute& api_route : api_routes()) {
    http::Route route;
    route.path = api_root + api_route.path;
    route.methods = {"GET", "OPTIONS"};
    route.handler =
        Pipeline::for_callers(pipeline, api_route.path, api_route.audience, std::move(api_route.handler));
    route.write_timeout = api_route.write_timeout;
    routes.push_back(std::move(route));
  }
  return routes;
}

}  // namespace ceems::api
