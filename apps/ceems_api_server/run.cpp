#include "run.h"

#include "access/directory.h"
#include "api/parameters.h"
#include "api/routes.h"
#include "api/self_metrics.h"
#include "base/host.h"
#include "base/log.h"
#include "base/version.h"
#include "configuration.h"
#include "http/server.h"
#include "privileges.h"
#include "store/reader.h"
#include "update/service.h"

#include <pthread.h>

#include <algorithm>
#include <csignal>
#include <cstring>
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

// Blocks the signals that end the program, in this thread and in those that it starts.
sigset_t block_ending_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGINT);
  ::sigaddset(&signals, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return signals;
}

void log_start() {
  const base::Logger log;
  const base::Version& version = base::version();
  log.info("starting ceems_api_server", {{"version", base::version_info()}});
  log.info("build context", {{"compiler", version.compiler},
                             {"platform", fmt::format("{}/{}", version.os, version.arch)},
                             {"user", version.build_user},
                             {"date", version.build_date}});
  const base::KernelInfo kernel = base::kernel_info();
  log.info("host", {{"system", kernel.system},
                    {"release", kernel.release},
                    {"version", kernel.version},
                    {"machine", kernel.machine},
                    {"node", kernel.node},
                    {"domain", kernel.domain}});
  if (const auto limit = base::descriptor_limit()) {
    log.info("file descriptors",
             {{"soft", base::limit_text(limit->soft)}, {"hard", base::limit_text(limit->hard)}});
  }
}

// Everything that answers requests. Members end in reverse order: the server before what its handlers use,
// and those who read the database before its writer, which tidies up if it is the last.
struct Parts {
  std::unique_ptr<update::Service> service;
  std::unique_ptr<store::Reader> reader;
  std::unique_ptr<access::Directory> directory;
  api::SelfMetrics metrics;
  std::unique_ptr<http::Server> server;
};

base::Status build_server(const Options& options, const Configuration& configuration, FileAccess file_access,
                          Parts& parts) {
  store::ReaderOptions reading;
  reading.path = store::database_path(configuration.update.data.path);
  reading.time_zone = configuration.update.data.time_zone;
  CEEMS_TRY(parts.reader, store::Reader::create(std::move(reading)));
  parts.directory = access::make_directory(*parts.reader);

  CEEMS_TRY(api::Options api, api_options(options, configuration));
  if (options.web.metrics) {
    api.metrics = [&parts] { return parts.metrics.page(parts.service->state()); };
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

base::Status serve(const Options& options, Configuration configuration, Privileges& privileges,
                   const sigset_t& ending_signals) {
  const base::Logger log;
  Parts parts;
  // Ports are opened while that may still take a privilege, the database when files belong to the final user.
  CEEMS_TRY_VOID(build_server(options, configuration, privileges.file_access(), parts));
  CEEMS_TRY_VOID(privileges.drop(options.security));
  CEEMS_TRY(parts.service, update::Service::create(std::move(configuration.update),
                                                   {.administrators = configuration.administrators,
                                                    .keep_expired = options.keep_expired}));
  parts.server->start();
  parts.service->start();
  for (const std::string& address : parts.server->addresses())
    log.info("listening", {{"address", address}});

  int signal = 0;
  ::sigwait(&ending_signals, &signal);
  log.info("stopping", {{"signal", ::strsignal(signal)}});
  // A second signal ends the program at once.
  ::pthread_sigmask(SIG_UNBLOCK, &ending_signals, nullptr);
  // Requests still need the database: they end first.
  parts.server->stop(kStopGrace);
  parts.service->stop();
  return {};
}

}  // namespace

base::Status run(const Options& options) {
  const base::Logger log;
  const sigset_t ending_signals = block_ending_signals();
  log_start();
  CEEMS_TRY(Configuration configuration, load_configuration(options));
  for (const std::string& warning : configuration.warnings)
    log.warn("unknown key in the configuration", {{"key", warning}});
  CEEMS_TRY(Privileges privileges, Privileges::prepare(options, configuration));
  const base::Status status = serve(options, std::move(configuration), privileges, ending_signals);
  privileges.give_back();
  return status;
}

}  // namespace ceems::api_server
