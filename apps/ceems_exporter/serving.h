// The parts that answer requests, put together.
#pragma once

#include "base/privilege.h"
#include "base/result.h"
#include "collector/exporter_info.h"
#include "collector/metrics_endpoint.h"
#include "collector/process_metrics.h"
#include "collector/scraper.h"
#include "http/server.h"
#include "options.h"
#include "program/privileges.h"

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

namespace ceems::exporter {

// In three steps, because of privileges: create() opens sockets and secrets with those of the start, start()
// begins to serve, and starts threads, after they are gone.
class Serving {
 public:
  explicit Serving(const Options& options) : options_(options.web) {}  // for create()
  // `targets` may be null.
  static base::Result<std::unique_ptr<Serving>> create(const Options& options,
                                                       program::FileAccess file_access,
                                                       std::unique_ptr<collector::TargetsEndpoint> targets);

  void start(std::vector<std::unique_ptr<collector::Collector>> collectors,
             const std::vector<base::MissingCapability>& missing);
  // Lets running requests finish and stops the collectors. False if one of them is stuck: its thread cannot
  // be ended, so the process must end without it.
  bool stop(std::chrono::milliseconds grace);

  std::vector<std::string> addresses() const { return server_->addresses(); }

 private:
  std::vector<http::Route> routes();

  const WebOptions options_;
  collector::HandlerMetrics handler_metrics_;
  collector::ProcessMetrics process_metrics_;
  std::optional<collector::ExporterInfo> info_;
  std::optional<collector::Scraper> scraper_;
  std::optional<collector::MetricsEndpoint> endpoint_;
  std::unique_ptr<collector::TargetsEndpoint> targets_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace ceems::exporter
