// Collector `netdev`: traffic of network devices. A containerised exporter sees the node's devices where it
// shares the node's processes: those of process 1 are read, if that is allowed.
#pragma once

#include "base/result.h"
#include "collector/collector.h"
#include "collector/node.h"

#include <memory>
#include <string>

namespace ceems::collector {

struct NetdevOptions {
  // --collector.netdev.device-{include,exclude}: regular expressions (RE2) that are searched for in a
  // device's name; empty: none. At most one of them.
  std::string include = {};
  std::string exclude = {};
};

// kInvalid: both are given, or one is no regular expression.
base::Result<std::unique_ptr<Collector>> make_netdev_collector(const NodeContext& node,
                                                               const NetdevOptions& options);

}  // namespace ceems::collector
