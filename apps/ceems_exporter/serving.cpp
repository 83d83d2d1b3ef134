#include "serving.h"

#include "base/version.h"
#include "collector/debug_endpoint.h"
#include "collector/landing_page.h"

#include <algorithm>
#include <string>
#include <utility>

namespace ceems::exporter {

namespace {

// One request collects; the others wait for its page and must not keep each other from waiting.
constexpr std::int64_t kMinHandlers = 4;
constexpr std::int64_t kMaxHandlers = 64;

http::Response health(const http::Request&) {
  return http::text_response(200, "CEEMS Exporter is healthy");
}

}  // namespace

base::Result<std::unique_ptr<Serving>> Serving::create(const Options& options,
                                                       program::FileAccess file_access,
                                                       std::unique_ptr<collector::TargetsEndpoint> targets) {
  auto serving = std::make_unique<Serving>(options);
  serving->targets_ = std::move(targets);
  http::ServerOptions server;
  server.listen_addresses = options.web.listen_addresses;
  server.systemd_socket = options.web.systemd_socket;
  server.web_config_file = options.web.config_file;
  server.worker_threads =
      static_cast<std::size_t>(std::clamp(options.worker_threads, kMinHandlers, kMaxHandlers));
  server.redirect_unclean_paths = true;
  server.with_file_access = std::move(file_access);
  CEEMS_TRY(serving->server_, http::Server::create(std::move(server), serving->routes()));
  return serving;
}

std::vector<http::Route> Serving::routes() {
  std::vector<http::Route> routes;
  routes.push_back({.path = options_.telemetry_path,
                    .methods = {},
                    .handler = [this](const http::Request& request) { return endpoint_->handle(request); }});
  if (targets_ != nullptr) {
    routes.push_back({.path = options_.targets_path,
                      .methods = {},
                      .handler = [this](const http::Request& request) { return targets_->handle(request); }});
  }
  if (options_.telemetry_path != "/") {
    collector::LandingPage page{.name = "ceems_exporter",
                                .description = "Energy, emissions and usage of compute units on this node.",
                                .version = base::version_info(),
                                .links = {{options_.telemetry_path, "Metrics"}}};
    if (targets_ != nullptr) page.links.push_back({options_.targets_path, "Targets for profilers"});
    if (options_.debug_server) page.links.push_back({std::string(collector::kDebugIndex), "Debugging"});
    routes.push_back({.path = "/",
                      .methods = {},
                      .handler = [landing = collector::render_landing_page(page)](
                                     const http::Request&) { return landing; },
                      .quick = true});
  }
  routes.push_back({.path = "/health", .methods = {}, .handler = health, .quick = true});
  if (options_.debug_server) {
    routes.push_back({.path = std::string(collector::kDebugPrefix) + "…",
                      .methods = {},
                      .handler = collector::handle_debug});
  }
  return routes;
}

void Serving::start(std::vector<std::unique_ptr<collector::Collector>> collectors,
                    const std::vector<base::MissingCapability>& missing) {
  info_.emplace(missing);
  std::vector<collector::MetricSource*> sources{&*info_};
  if (!options_.disable_exporter_metrics) {
    sources.push_back(&handler_metrics_);
    sources.push_back(&process_metrics_);
  }
  scraper_.emplace(std::move(collectors), std::move(sources), !options_.disable_exporter_metrics);
  endpoint_.emplace(*scraper_, handler_metrics_, options_.max_requests);
  server_->start();
}

bool Serving::stop(std::chrono::milliseconds grace) {
  const auto end = collector::Scraper::Clock::now() + grace;
  scraper_->finish_by(collector::Scraper::Clock::now());
  server_->stop(grace);
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(end - collector::Scraper::Clock::now());
  return scraper_->stop(std::max(left, std::chrono::milliseconds(100)));
}

}  // namespace ceems::exporter
