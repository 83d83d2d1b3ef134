// The route that continuous profilers ask for what to profile, in the format of Prometheus' http_sd: one
// element for each process of a compute unit, as it is at that moment. Thread-safe; one look at a time.
#pragma once

#include "base/privilege.h"
#include "collector/compute_units.h"
#include "collector/node.h"
#include "http/message.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace ceems::collector {

struct TargetsOptions {
  // Variables of the environment, one of which a process must have to be a target; empty: all are.
  std::vector<std::string> variables;
  bool self_profiler = false;     // the exporter too
  std::int64_t max_requests = 0;  // at a time; 0 or less: no limit
};

class TargetsEndpoint {
 public:
  // Null if none of the collectors of processes is on: of those of SLURM, LSF and Kubernetes the first one
  // counts.
  static std::unique_ptr<TargetsEndpoint> create(const NodeContext& node, const ComputeUnitsOptions& units,
                                                 TargetsOptions options);
  virtual ~TargetsEndpoint() = default;

  virtual http::Response handle(const http::Request& request) = 0;
  // What it needs after the start.
  virtual std::vector<base::CapabilityNeed> needs() const = 0;
};

}  // namespace ceems::collector
