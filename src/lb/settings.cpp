#include "lb/settings.h"

#include "base/file.h"
#include "config/duration.h"
#include "http/message.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace ceems::lb {

namespace {

using config::Node;
using std::chrono::milliseconds;

constexpr const char* kOpenRoutes[] = {"metadata", "status/buildinfo"};

base::Result<milliseconds> read_duration(const Node& node, milliseconds fallback) {
  if (!node.present()) return fallback;
  CEEMS_TRY(const std::string text, node.string());
  const auto duration = config::parse_duration(text);
  if (!duration) return node.error(fmt::format("'{}' is not a duration such as 15m or 1d", text));
  return *duration;
}

base::Result<std::size_t> read_count(const Node& node, std::size_t fallback, std::int64_t maximum) {
  CEEMS_TRY(const std::int64_t count, node.integer(static_cast<std::int64_t>(fallback)));
  if (count < 1 || count > maximum) return node.error(fmt::format("must be between 1 and {}", maximum));
  return static_cast<std::size_t>(count);
}

base::Result<config::HttpClientConfig> read_web(const Node& node, const std::string& directory) {
  if (!node.present()) return node.error("needs a url");
  CEEMS_TRY(auto web, config::read_http_client(node, directory));
  if (web.url.empty()) return node.error("needs a url");
  const auto url = http::parse_url(web.url);
  if (!url) return node["url"].error(url.error().message);
  if (url->path.find('?') != std::string::npos) return node["url"].error("must not have a query");
  return web;
}

base::Result<std::vector<BackendSettings>> read_backends(const Node& node, const std::string& directory,
                                                         bool filters) {
  std::vector<BackendSettings> backends;
  CEEMS_TRY_VOID(node.check_sequence());
  for (const Node& entry : node.elements()) {
    CEEMS_TRY_VOID(entry.check_map());
    const Node web = entry["web"];
    if (!web.present()) return entry.error("needs a web block with a url");
    BackendSettings& backend = backends.emplace_back();
    CEEMS_TRY(backend.web, read_web(web, directory));
    if (!filters) continue;
    CEEMS_TRY(backend.filter_labels, entry["filter_labels"].strings());
  }
  return backends;
}

void append(std::vector<BackendSettings>& to, std::vector<BackendSettings> more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

base::Status read_clusters(const Node& node, const std::string& directory, const std::set<std::string>& known,
                           Settings& settings) {
  CEEMS_TRY_VOID(node.check_sequence());
  for (const Node& entry : node.elements()) {
    CEEMS_TRY_VOID(entry.check_map());
    CEEMS_TRY(const std::string id, entry["id"].string());
    if (id.empty()) return entry.error("missing ID of the cluster");
    if (!known.empty() && !known.contains(id))
      return entry["id"].error(fmt::format("'{}' is not the id of one of the clusters", id));
    CEEMS_TRY(auto tsdb, read_backends(entry["tsdb"], directory, true));
    CEEMS_TRY(auto pyroscope, read_backends(entry["pyroscope"], directory, false));
    if (tsdb.empty() && pyroscope.empty()) return entry.error("needs a server of a TSDB or of Pyroscope");
    auto cluster = std::ranges::find(settings.clusters, id, &ClusterSettings::id);
    if (cluster == settings.clusters.end())
      cluster = settings.clusters.insert(settings.clusters.end(), {.id = id, .tsdb = {}, .pyroscope = {}});
    append(cluster->tsdb, std::move(tsdb));
    append(cluster->pyroscope, std::move(pyroscope));
  }
  if (settings.clusters.empty()) return node.error("no server to balance the load over is given");
  return {};
}

base::Result<AccessSettings> read_access(const Node& node) {
  AccessSettings access;
  CEEMS_TRY_VOID(node.check_map());
  CEEMS_TRY(access.unitless_metrics, node["unitless_metrics"].strings());
  CEEMS_TRY(access.open_routes, node["open_routes"].strings());
  for (const std::string& route : access.open_routes) {
    if (std::ranges::find(kOpenRoutes, route) == std::end(kOpenRoutes))
      return node["open_routes"].error(
          fmt::format("'{}' is none of {}", route, fmt::join(kOpenRoutes, ", ")));
  }
  CEEMS_TRY(access.extra_parameters, node["extra_parameters"].strings());
  CEEMS_TRY(access.max_units, read_count(node["max_units"], access.max_units, 100'000));
  CEEMS_TRY(access.max_body_bytes, read_count(node["max_body_bytes"], access.max_body_bytes, 1 << 30));
  CEEMS_TRY(access.lookback, read_duration(node["lookback_delta"], access.lookback));
  CEEMS_TRY(access.remember, read_duration(node["remember"], access.remember));
  CEEMS_TRY(access.max_staleness, read_duration(node["max_staleness"], access.max_staleness));
  return access;
}

base::Result<std::set<std::string>> known_clusters(const Node& node) {
  std::set<std::string> ids;
  CEEMS_TRY_VOID(node.check_sequence());
  for (const Node& cluster : node.elements()) {
    CEEMS_TRY_VOID(cluster.check_map());
    CEEMS_TRY(std::string id, cluster["id"].string());
    if (!id.empty()) ids.insert(std::move(id));
  }
  return ids;
}

}  // namespace

bool Settings::has_tsdb() const {
  return std::ranges::any_of(clusters, [](const ClusterSettings& cluster) { return !cluster.tsdb.empty(); });
}

bool Settings::has_pyroscope() const {
  return std::ranges::any_of(clusters,
                             [](const ClusterSettings& cluster) { return !cluster.pyroscope.empty(); });
}

base::Result<Settings> read_settings(const config::Document& document, const std::string& directory) {
  Settings settings;
  const Node root = document.root();
  CEEMS_TRY_VOID(root.check_map());
  const Node section = root["ceems_lb"];
  CEEMS_TRY_VOID(section.check_map());
  CEEMS_TRY(const std::string strategy, section["strategy"].string("round-robin"));
  if (strategy == "least-connection") {
    settings.strategy = Strategy::kLeastConnection;
  } else if (strategy != "round-robin") {
    return section["strategy"].error("invalid strategy: must be round-robin or least-connection");
  }
  CEEMS_TRY(const auto known, known_clusters(root["clusters"]));
  if (!section["backends"].present())
    return section.error("no server to balance the load over is given: ceems_lb.backends is missing");
  CEEMS_TRY_VOID(read_clusters(section["backends"], directory, known, settings));
  CEEMS_TRY(settings.access, read_access(section["access"]));

  const Node api = root["ceems_api_server"];
  CEEMS_TRY_VOID(api.check_map());
  const Node data = api["data"];
  CEEMS_TRY_VOID(data.check_map());
  if (data.present()) {
    CEEMS_TRY(const std::string path, data["path"].string("data"));
    settings.data_path = base::absolute_path(path);
  }
  const Node web = api["web"];
  CEEMS_TRY_VOID(web.check_map());
  if (!web["url"].present()) {
    // Nobody writes such a block to let everybody see everything.
    if (web.present() && !data.present()) return web.error("needs a url");
    return settings;
  }
  CEEMS_TRY(settings.api_server, read_web(web, directory));
  return settings;
}

std::vector<std::string> unknown_keys(const config::Document& document) {
  return document.unknown_keys(document.root()["ceems_lb"]);
}

}  // namespace ceems::lb
