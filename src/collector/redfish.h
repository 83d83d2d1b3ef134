// Collector `redfish`: power of chassis by the Redfish service of a BMC, see power/redfish.h. It is asked in
// the background, from the first collection on; a collection takes the latest reading.
#pragma once

#include "base/result.h"
#include "collector/collector.h"
#include "collector/node.h"

#include <chrono>
#include <memory>
#include <span>
#include <string>

namespace ceems::collector {

struct RedfishOptions {
  std::string config_file = {};     // --collector.redfish.config.file
  bool expand_environment = false;  // --collector.redfish.config.file.expand-env-vars
  std::chrono::milliseconds interval{10'000};
};

// What the collector may emit.
std::span<const exposition::Family> redfish_families();

// Errors: the file can't be used. A BMC that can't be reached is tried again.
base::Result<std::unique_ptr<Collector>> make_redfish_collector(const NodeContext& node,
                                                                const RedfishOptions& options);

}  // namespace ceems::collector
