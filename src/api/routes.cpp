#include "api/routes.h"

#include "api/landing.h"
#include "api/openapi.h"
#include "api/pipeline.h"
#include "api/route_table.h"

#include <memory>
#include <utility>

namespace ceems::api {

namespace {

http::Response shared_page(std::string type, std::string text) {
  http::Response page;
  page.fields.add("Content-Type", std::move(type));
  page.fields.add("X-Content-Type-Options", "nosniff");
  page.body = std::make_shared<const std::string>(std::move(text));
  return page;
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
  const http::Response page = shared_page("text/html; charset=utf-8", landing_page(api_root, has_metrics));
  http::Route route;
  route.path = "/";
  route.quick = true;
  route.handler = [page](const http::Request&) { return page; };
  return route;
}

// The page and the document that say what the API is.
std::vector<http::Route> document_routes(const std::shared_ptr<Pipeline>& pipeline,
                                         const std::string& api_root) {
  const Options& options = pipeline->options();
  const DocumentOptions document{
      .api_root = api_root,
      .external_url = options.external_url,
      .user_header = options.user_headers.empty() ? "" : options.user_headers.front()};
  const auto route = [&](const char* path, const http::Response& page) {
    http::Route made;
    made.path = path;
    made.handler = Pipeline::for_anybody(pipeline, [page](const http::Request&) { return page; });
    return made;
  };
  http::Response elsewhere = http::text_response(302, "");
  elsewhere.fields.add("Location", "/swagger/index.html");
  return {route("/swagger/index.html", shared_page("text/html; charset=utf-8", openapi_page(document))),
          route("/swagger/doc.json", shared_page("application/json", openapi_document(document))),
          route("/swagger", elsewhere), route("/swagger/", elsewhere)};
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
  for (http::Route& route : document_routes(pipeline, api_root))
    routes.push_back(std::move(route));
  for (const ApiRoute& api_route : api_routes()) {
    http::Route route;
    route.path = api_root + std::string(api_route.path);
    route.methods = {"GET", "OPTIONS"};
    route.handler = Pipeline::for_callers(pipeline, api_route);
    route.write_timeout = api_route.write_timeout;
    routes.push_back(std::move(route));
  }
  return routes;
}

}  // namespace ceems::api
