#include "run.h"

#include "access/directory.h"
#include "api/parameters.h"
#include "api/routes.h"
#include "api/self_metrics.h"
#include "base/log.h"
#include "configuration.h"
#include "http/server.h"
#include "privileges.h"
#include "program/signals.h"
#include "program/start.h"
#include "store/reader.h"
#include "update/service.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

namespace ceems::api_server {

namespace {

constexpr std::chrono::milliseconds kStopGrace{5'000};
// Handlers wait for the disk: more of them than processors.
constexpr std::int64_t kMinHandlers = 4;
constexpr std::int64_t kMaxHandlers = 64;
// Beside the query a request's head holds little.
constexpr std::size_t kHeadBytes = api::kMaxQueryBytes + (std::size_t{64} << 10);

// Everything that answers requests. Members end in reverse order: the server before what its handlers use,
// and those who read the database before its writer, which tidies up if it is the last.
struct Parts {
  std::unique_ptr<update::Service> service;
  std::unique_ptr<store::Reader> reader;
  std::unique_ptr<access::Directory> directory;
  api::SelfMetrics metrics;
  std::unique_ptr<http::Server> server;
};

base::Status build_server(const Options& options, const Configuration& configuration,
                          program::FileAccess file_access, Parts& parts) {
  store::ReaderOptions reading;
  reading.path = store::database_path(configuration.update.data.path);
  reading.time_zone = configuration.update.data.time_zone;
  CEEMS_TRY(parts.reader, store::Reader::create(std::move(reading)));
  parts.directory = access::make_directory(*parts.reader);

  CEEMS_TRY(api::Options api, api_options(options, configuration));
  if (options.web.metrics) {
    api.metrics = [&parts, database = store::database_path(configuration.update.data.path)] {
      return parts.metrics.page({parts.service->state(), parts.service->housekeeping(), database});
    };
    api.count = [&parts](std::string_view route, int status, std::chrono::nanoseconds duration) {
      parts.metrics.count_request(route, status, duration);
    };
  }
  CEEMS_TRY(auto routes, api::make_routes(std::move(api), *parts.reader, *parts.directory));

  http::ServerOptions server;
  server.listen_addresses = options.web.listen_addresses;
  server.systemd_socket = options.web.systemd_socket;
  server.web_config_file = options.web.config_file;
  server.max_head_bytes = kHeadBytes;
  server.worker_threads =
      static_cast<std::size_t>(std::clamp(options.worker_threads, kMinHandlers, kMaxHandlers));
  server.with_file_access = std::move(file_access);
  CEEMS_TRY(parts.server, http::Server::create(std::move(server), std::move(routes)));
  return {};
}

base::Status serve(const Options& options, Configuration configuration, program::Privileges& privileges,
                   program::Signals& signals) {
  const base::Logger log;
  Parts parts;
  // Ports are opened while that may still take a privilege, the database when files belong to the final user.
  CEEMS_TRY_VOID(build_server(options, configuration, privileges.file_access(), parts));
  CEEMS_TRY_VOID(drop(configuration, privileges));
  CEEMS_TRY(parts.service, update::Service::create(std::move(configuration.update),
                                                   {.administrators = configuration.admin.users,
                                                    .grafana = configuration.admin.grafana,
                                                    .keep_expired = options.keep_expired}));
  parts.server->start();
  parts.service->start();
  for (const std::string& address : parts.server->addresses())
    log.info("listening", {{"address", address}});

  signals.wait();
  // Requests still need the database: they end first.
  parts.server->stop(kStopGrace);
  parts.service->stop();
  return {};
}

}  // namespace

base::Status run(const Options& options) {
  const base::Logger log;
  program::Signals signals;
  program::log_start("ceems_api_server");
  program::log_descriptor_limit();
  CEEMS_TRY(Configuration configuration, load_configuration(options));
  for (const std::string& warning : configuration.warnings)
    log.warn("unknown key in the configuration", {{"key", warning}});
  CEEMS_TRY(program::Privileges privileges, prepare_privileges(options, configuration));
  const base::Status status = serve(options, std::move(configuration), privileges, signals);
  privileges.give_back();
  return status;
}

}  // namespace ceems::api_server
