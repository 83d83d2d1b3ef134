// The parts that answer requests, put together.
#pragma once

#include "base/result.h"
#include "configuration.h"
#include "http/server.h"
#include "lb/audit_log.h"
#include "lb/backends.h"
#include "lb/front.h"
#include "lb/health.h"
#include "lb/self_metrics.h"
#include "options.h"
#include "ownership.h"
#include "program/privileges.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ceems::load_balancer {

// In two steps, because of privileges: create() opens sockets with those of the start, start() begins to
// serve, and starts threads, after they are gone. Not thread-safe: for the main thread.
class Serving {
 public:
  explicit Serving(const Options& options) : options_(options) {}  // for create()
  static base::Result<std::unique_ptr<Serving>> create(const Options& options,
                                                       const Configuration& configuration,
                                                       const program::FileAccess& file_access);

  base::Status start(const Configuration& configuration);
  // Puts another configuration in the place of the one in use: for requests that come from now on. Those that
  // run are ended as they began. An error leaves everything as it is.
  base::Status exchange(const Configuration& configuration);
  void reload_failed() { metrics_.reload_failed(); }
  void stop(std::chrono::milliseconds grace);

 private:
  // What one configuration comes to, for one kind of server.
  struct Side {
    std::shared_ptr<lb::Backends> backends;
    std::unique_ptr<lb::HealthCheck> check;  // ends before them
  };
  struct Port {
    lb::Kind kind{};
    std::optional<lb::Entrance> entrance;
    Side side;
    std::unique_ptr<http::Server> server;
  };

  base::Status add_port(lb::Kind kind, const Configuration& configuration,
                        const program::FileAccess& file_access);
  base::Result<lb::FrontParts> front_parts(const lb::Settings& settings,
                                           std::shared_ptr<lb::Backends> backends,
                                           const std::shared_ptr<Ownership>& ownership);
  std::vector<http::Route> own_routes();
  std::string metrics_page() const;

  const Options options_;
  lb::SelfMetrics metrics_;
  std::unique_ptr<lb::AuditLog> audit_;
  std::shared_ptr<Ownership> ownership_;     // null without access control
  std::unique_ptr<lb::ClusterWatch> watch_;  // ends before it
  // Servers end before what their handlers use.
  std::vector<std::unique_ptr<Port>> ports_;
};

}  // namespace ceems::load_balancer
