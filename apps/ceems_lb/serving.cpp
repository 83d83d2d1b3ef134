#include "serving.h"

#include "access/peer.h"
#include "base/log.h"
#include "file_needs.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace ceems::load_balancer {

namespace {

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

std::vector<lb::Kind> kinds_of(const lb::Settings& settings) {
  std::vector<lb::Kind> kinds;
  if (settings.has_tsdb()) kinds.push_back(lb::Kind::kTsdb);
  if (settings.has_pyroscope()) kinds.push_back(lb::Kind::kPyroscope);
  return kinds;
}

http::Route get_route(std::string path, http::Handler handler) {
  http::Route route;
  route.path = std::move(path);
  route.methods = {"GET", "HEAD"};
  route.handler = std::move(handler);
  return route;
}

}  // namespace

base::Result<std::unique_ptr<Serving>> Serving::create(const Options& options,
                                                       const Configuration& configuration,
                                                       const program::FileAccess& file_access) {
  auto serving = std::make_unique<Serving>(options);
  CEEMS_TRY(serving->ownership_, make_ownership(configuration.settings));
  for (const lb::Kind kind : kinds_of(configuration.settings))
    CEEMS_TRY_VOID(serving->add_port(kind, configuration, file_access));
  serving->metrics_.configured(std::chrono::system_clock::now());
  return serving;
}

base::Status Serving::add_port(lb::Kind kind, const Configuration& configuration,
                               const program::FileAccess& file_access) {
  auto port = std::make_unique<Port>();
  port->kind = kind;
  CEEMS_TRY(port->side.backends, lb::Backends::create(configuration.settings, kind));
  CEEMS_TRY(lb::FrontParts front, front_parts(configuration.settings, port->side.backends, ownership_));
  port->entrance.emplace(std::move(front));

  http::ServerOptions server;
  if (options_.systemd_socket) {
    server.systemd_socket = true;
    // One kind takes whatever was passed.
    if (kinds_of(configuration.settings).size() > 1) server.systemd_name = lb::kind_name(kind);
  } else {
    server.listen_addresses = {options_.listen_addresses[ports_.size()]};
  }
  server.web_config_file = options_.web_config_file;
  server.max_connections = kMaxConnections;
  server.idle_timeout = kIdleTimeout;
  server.max_head_bytes = kHeadBytes;
  server.worker_threads =
      static_cast<std::size_t>(std::clamp(options_.worker_threads, kMinWorkers, kMaxWorkers));
  server.with_file_access = file_access;
  std::vector<http::Route> routes = own_routes();
  routes.push_back(port->entrance->route());
  CEEMS_TRY(port->server, http::Server::create(std::move(server), std::move(routes)));
  ports_.push_back(std::move(port));
  return {};
}

base::Result<lb::FrontParts> Serving::front_parts(const lb::Settings& settings,
                                                  std::shared_ptr<lb::Backends> backends,
                                                  const std::shared_ptr<Ownership>& ownership) {
  lb::FrontParts front;
  front.backends = std::move(backends);
  if (ownership) front.claims = {ownership, ownership->remembered.get()};
  front.access = settings.access;
  CEEMS_TRY(auto trusted, access::AddressList::parse(options_.trusted_proxies));
  front.peers = access::PeerPolicy(std::move(trusted));
  front.metrics = &metrics_;
  if (!options_.audit_log.empty()) front.audit = [this](const std::string& line) { audit_->append(line); };
  front.now_ms = now_ms;
  return front;
}

std::vector<http::Route> Serving::own_routes() {
  std::vector<http::Route> routes;
  routes.push_back(get_route("/health", [](const http::Request&) {
    return http::text_response(200, "CEEMS LB Server is healthy");
  }));
  routes.back().quick = true;
  if (!options_.metrics) return routes;
  routes.push_back(get_route("/metrics", [this](const http::Request&) {
    http::Response response;
    response.fields.add("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    response.body = metrics_page();
    return response;
  }));
  return routes;
}

std::string Serving::metrics_page() const {
  std::vector<std::shared_ptr<const lb::Backends>> all;
  for (const auto& port : ports_)
    all.push_back(port->entrance->backends());
  return metrics_.page(all);
}

base::Status Serving::start(const Configuration& configuration) {
  if (!options_.audit_log.empty()) {
    // As the final user, who writes it.
    CEEMS_TRY(audit_, lb::AuditLog::open(options_.audit_log));
  }
  if (ownership_) watch_ = watch_clusters(*ownership_, configuration.settings);
  for (const auto& port : ports_) {
    CEEMS_TRY(port->side.check, lb::start_health_check(*port->side.backends, {}));
  }
  for (const auto& port : ports_) {
    port->server->start();
    for (const std::string& address : port->server->addresses())
      base::Logger().info("listening", {{"address", address}, {"kind", lb::kind_name(port->kind)}});
  }
  return {};
}

base::Status Serving::exchange(const Configuration& configuration) {
  const lb::Settings& settings = configuration.settings;
  const std::vector<lb::Kind> kinds = kinds_of(settings);
  if (!std::ranges::equal(ports_, kinds, {}, [](const auto& port) { return port->kind; }))
    return base::fail(base::ErrorCode::kInvalid, options_.config_file,
                      "another kind of server needs an address of its own: start the load balancer anew");
  CEEMS_TRY_VOID(check_readable(settings));
  CEEMS_TRY(const std::shared_ptr<Ownership> ownership, make_ownership(settings));
  std::vector<Side> sides;
  std::vector<lb::FrontParts> fronts;
  for (const lb::Kind kind : kinds) {
    Side side;
    CEEMS_TRY(side.backends, lb::Backends::create(settings, kind));
    CEEMS_TRY(lb::FrontParts front, front_parts(settings, side.backends, ownership));
    fronts.push_back(std::move(front));
    CEEMS_TRY(side.check, lb::start_health_check(*side.backends, {}));
    sides.push_back(std::move(side));
  }
  // Nothing fails from here on.
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    ports_[i]->entrance->exchange(std::move(fronts[i]));
    std::swap(ports_[i]->side, sides[i]);
  }
  watch_.reset();
  ownership_ = ownership;
  if (ownership_) watch_ = watch_clusters(*ownership_, settings);
  metrics_.configured(std::chrono::system_clock::now());
  return {};
}

void Serving::stop(std::chrono::milliseconds grace) {
  watch_.reset();
  for (const auto& port : ports_)
    port->side.check.reset();
  for (const auto& port : ports_)
    port->server->stop(grace);
}

}  // namespace ceems::load_balancer
