// Looks at regular times whether each server serves.
#pragma once

#include "lb/backends.h"

#include <chrono>
#include <memory>

namespace ceems::lb {

struct HealthOptions {
  std::chrono::milliseconds interval{20'000};
  std::chrono::milliseconds timeout{10'000};
};

// Each server is asked on a thread of its own: Prometheus at /-/healthy, Pyroscope at /ready. Any answer
// below 500 counts, so that servers which know no such path do too. The destructor stops it.
class HealthCheck {
 public:
  virtual ~HealthCheck() = default;
};

// `backends` must outlive it.
base::Result<std::unique_ptr<HealthCheck>> start_health_check(Backends& backends, HealthOptions options);

}  // namespace ceems::lb
