#include "run.h"

#include "base/address_list.h"
#include "base/log.h"
#include "bmcproxy/proxy.h"
#include "configuration.h"
#include "http/server.h"
#include "program/configuration.h"
#include "program/privileges.h"
#include "program/signals.h"
#include "program/start.h"

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

namespace ceems::redfish_proxy {

namespace {

constexpr std::chrono::milliseconds kStopGrace{5'000};
// A thousand nodes keep one each.
constexpr std::size_t kMaxConnections = 16'384;

double unix_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

void warn(const bmcproxy::Settings& settings) {
  for (const std::string& warning : settings.warnings)
    base::Logger().warn("the configuration has a flaw", {{"what", warning}});
}

// Both are quick: what they tell belongs to the network thread.
std::vector<http::Route> own_routes(const Options& options, const bmcproxy::SelfMetrics& metrics,
                                    const bmcproxy::Entrance& entrance) {
  std::vector<http::Route> routes(1);
  routes[0].path = "/health";
  routes[0].methods = {"GET", "HEAD"};
  routes[0].quick = true;
  routes[0].handler = [](const http::Request&) {
    return http::text_response(200, "redfish_proxy is healthy\n");
  };
  if (!options.metrics) return routes;
  http::Route& page = routes.emplace_back();
  page.path = "/metrics";
  page.methods = {"GET", "HEAD"};
  page.quick = true;
  page.handler = [&](const http::Request&) {
    http::Response response;
    response.fields.add("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    response.body = metrics.page(entrance.load());
    return response;
  };
  return routes;
}

base::Status try_to_reload(const Options& options, const program::FileAccess& file_access,
                           bmcproxy::Entrance& entrance) {
  CEEMS_TRY(const bmcproxy::Settings settings,
            program::load_with(file_access, [&] { return load_configuration(options); }));
  warn(settings);
  return entrance.exchange(settings);
}

base::Status serve(const Options& options, const bmcproxy::Settings& settings,
                   program::Privileges& privileges, program::Signals& signals) {
  bmcproxy::SelfMetrics metrics;
  CEEMS_TRY(base::AddressList trusted, base::AddressList::parse(options.trusted_proxies));
  CEEMS_TRY(const auto entrance, bmcproxy::Entrance::create(settings, std::move(trusted), metrics));
  http::ServerOptions server_options;
  server_options.listen_addresses = options.listen_addresses;
  server_options.systemd_socket = options.systemd_socket;
  server_options.web_config_file = options.web_config_file;
  server_options.max_connections = kMaxConnections;
  server_options.idle_timeout = std::chrono::milliseconds(60'000);
  server_options.with_file_access = privileges.file_access();
  std::vector<http::Route> routes = own_routes(options, metrics, *entrance);
  routes.push_back(entrance->route());
  CEEMS_TRY(const auto server, http::Server::create(std::move(server_options), std::move(routes)));
  CEEMS_TRY_VOID(privileges.drop());
  metrics.configured(unix_seconds());
  server->start();
  const base::Logger log;
  for (const std::string& address : server->addresses())
    log.info("listening", {{"address", address}});
  signals.wait([&] {
    const auto status = try_to_reload(options, privileges.file_access(), *entrance);
    program::log_reload(status, options.config_file);
    if (status) {
      metrics.configured(unix_seconds());
    } else {
      metrics.reload_failed();
    }
  });
  server->stop(kStopGrace);
  return {};
}

}  // namespace

base::Status run(const Options& options) {
  program::Signals signals(program::Signals::Reload::kYes);
  program::log_start("redfish_proxy");
  // A descriptor for each node, and one for each of their requests.
  program::raise_descriptor_limit();
  CEEMS_TRY(const bmcproxy::Settings settings, load_configuration(options));
  warn(settings);
  CEEMS_TRY(program::Privileges privileges,
            program::Privileges::prepare(options.security, file_needs(options, settings)));
  const base::Status status = serve(options, settings, privileges, signals);
  privileges.give_back();
  return status;
}

}  // namespace ceems::redfish_proxy
