#include "run.h"

#include "access/claims.h"
#include "access/peer.h"
#include "access/remembered_claims.h"
#include "base/log.h"
#include "configuration.h"
#include "file_needs.h"
#include "http/server.h"
#include "lb/audit_log.h"
#include "lb/backends.h"
#include "lb/front.h"
#include "lb/health.h"
#include "lb/self_metrics.h"
#include "program/privileges.h"
#include "program/signals.h"
#include "program/start.h"
#include "store/reader.h"
#include "store/writer.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ceems::load_balancer {

namespace {

constexpr std::chrono::milliseconds kStopGrace{5'000};
// Those who look up wait for the disk: more of them than processors.
constexpr std::int64_t kMinWorkers = 4;
constexpr std::int64_t kMaxWorkers = 64;
constexpr std::size_t kMaxConnections = 20'000;
// Longer than clients keep their connections, so that none is closed under a request.
constexpr std::chrono::milliseconds kIdleTimeout{120'000};
// A query may come in the URL.
constexpr std::size_t kHeadBytes = std::size_t{1} << 20;

std::int64_t now_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

// Members end in reverse order: servers before what their handlers use.
struct Parts {
  lb::SelfMetrics metrics;
  std::unique_ptr<store::Reader> reader;
  std::unique_ptr<access::Claims> claims;
  std::unique_ptr<access::RememberedClaims> remembered;
  std::unique_ptr<lb::AuditLog> audit;
  std::vector<std::unique_ptr<lb::Backends>> backends;
  std::vector<std::unique_ptr<http::Server>> servers;
  std::vector<std::unique_ptr<lb::HealthCheck>> checks;
};

base::Status build_claims(const lb::Settings& settings, Parts& parts) {
  if (!settings.has_access_control()) {
    base::Logger().warn("no API server is configured: everybody may see everything");
    return {};
  }
  CEEMS_TRY(parts.reader, store::Reader::create({.path = store::database_path(*settings.data_path)}));
  parts.claims = access::make_database_claims(*parts.reader, settings.access.max_staleness.count());
  access::MemoryOptions memory;
  memory.max_age = settings.access.remember;
  parts.remembered = std::make_unique<access::RememberedClaims>(*parts.claims, std::move(memory));
  return {};
}

std::vector<http::Route> own_routes(const Options& options, Parts& parts) {
  std::vector<http::Route> routes;
  http::Route health;
  health.path = "/health";
  health.methods = {"GET", "HEAD"};
  health.quick = true;
  health.handler = [](const http::Request&) {
    return http::text_response(200, "CEEMS LB Server is healthy");
  };
  routes.push_back(std::move(health));
  if (!options.metrics) return routes;
  http::Route metrics;
  metrics.path = "/metrics";
  metrics.methods = {"GET"};
  metrics.handler = [&parts](const http::Request&) {
    std::vector<const lb::Backends*> all;
    for (const auto& backends : parts.backends)
      all.push_back(backends.get());
    http::Response response;
    response.fields.add("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    response.body = parts.metrics.page(all);
    return response;
  };
  routes.push_back(std::move(metrics));
  return routes;
}

base::Status build_server(const Options& options, const lb::Settings& settings, lb::Kind kind,
                          const program::FileAccess& file_access, Parts& parts) {
  CEEMS_TRY(auto backends, lb::Backends::create(settings, kind));
  lb::FrontParts front;
  front.backends = backends.get();
  front.claims = parts.remembered.get();
  front.access = settings.access;
  CEEMS_TRY(auto trusted, access::AddressList::parse(options.trusted_proxies));
  front.peers = access::PeerPolicy(std::move(trusted));
  front.metrics = &parts.metrics;
  if (!options.audit_log.empty())
    front.audit = [&parts](const std::string& line) { parts.audit->append(line); };
  front.now_ms = now_ms;

  http::ServerOptions server;
  const std::size_t place = parts.servers.size();
  if (!options.systemd_socket) server.listen_addresses = {options.listen_addresses[place]};
  server.systemd_socket = options.systemd_socket;
  server.web_config_file = options.web_config_file;
  server.max_connections = kMaxConnections;
  server.idle_timeout = kIdleTimeout;
  server.max_head_bytes = kHeadBytes;
  server.worker_threads =
      static_cast<std::size_t>(std::clamp(options.worker_threads, kMinWorkers, kMaxWorkers));
  server.with_file_access = file_access;
  auto routes = own_routes(options, parts);
  routes.push_back(lb::make_front_route(std::move(front)));
  CEEMS_TRY(auto built, http::Server::create(std::move(server), std::move(routes)));
  parts.backends.push_back(std::move(backends));
  parts.servers.push_back(std::move(built));
  return {};
}

// A cluster may have no unit yet, or its name may be wrong.
void check_cluster_ids(const lb::Settings& settings, Parts& parts) {
  if (!parts.reader) return;
  const auto known = parts.reader->clusters();
  if (!known) {
    base::Logger().warn("cannot compare the ids of the clusters with those of the database yet",
                        {{"err", known.error()}});
    return;
  }
  for (const lb::ClusterSettings& cluster : settings.clusters) {
    if (std::ranges::find(*known, cluster.id, &store::Cluster::id) == known->end())
      base::Logger().warn("the database has no unit of this cluster", {{"cluster", cluster.id}});
  }
}

base::Status serve(const Options& options, const Configuration& configuration,
                   program::Privileges& privileges, program::Signals& signals) {
  const base::Logger log;
  const lb::Settings& settings = configuration.settings;
  Parts parts;
  CEEMS_TRY_VOID(build_claims(settings, parts));
  if (settings.has_tsdb())
    CEEMS_TRY_VOID(build_server(options, settings, lb::Kind::kTsdb, privileges.file_access(), parts));
  if (settings.has_pyroscope())
    CEEMS_TRY_VOID(build_server(options, settings, lb::Kind::kPyroscope, privileges.file_access(), parts));
  CEEMS_TRY_VOID(privileges.drop());
  if (!options.audit_log.empty()) {
    // As the final user, who writes it.
    CEEMS_TRY(parts.audit, lb::AuditLog::open(options.audit_log));
  }
  check_cluster_ids(settings, parts);
  for (const auto& backends : parts.backends) {
    CEEMS_TRY(auto check, lb::start_health_check(*backends, {}));
    parts.checks.push_back(std::move(check));
  }
  for (const auto& server : parts.servers) {
    server->start();
    for (const std::string& address : server->addresses())
      log.info("listening", {{"address", address}});
  }
  signals.wait();
  parts.checks.clear();
  for (const auto& server : parts.servers)
    server->stop(kStopGrace);
  return {};
}

}  // namespace

base::Status run(const Options& options) {
  const base::Logger log;
  program::Signals signals;
  program::log_start("ceems_lb");
  // A descriptor for each client, and one for each of their requests.
  program::raise_descriptor_limit();
  CEEMS_TRY(const Configuration configuration, load_configuration(options));
  for (const std::string& warning : configuration.warnings)
    log.warn("unknown key in the configuration", {{"key", warning}});
  CEEMS_TRY(program::Privileges privileges,
            program::Privileges::prepare(options.security, file_needs(options, configuration.settings)));
  const base::Status status = serve(options, configuration, privileges, signals);
  privileges.give_back();
  return status;
}

}  // namespace ceems::load_balancer
