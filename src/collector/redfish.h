// Collector `redfish`: power of chassis by the Redfish service of a BMC, see power/redfish.h. It is asked in
// the background, from the first collection on; a collection takes the latest reading.
#pragma once

#include "base/result.h"
#include "collector/collector.h"
#include "collector/node.h"
#include "power/redfish.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace ceems::collector {

struct RedfishOptions {
  std::string config_file = {};     // --collector.redfish.config.file
  bool expand_environment = false;  // --collector.redfish.config.file.expand-env-vars
  // Of the BMC of this machine, which is asked for its address if the file names no host:
  std::string device_directory = "/dev";
  std::int64_t device_number = 0;  // --collector.ipmi.dev-num
  std::chrono::milliseconds interval{10'000};
};

// What the collector may emit.
std::span<const exposition::Family> redfish_families();

// Opens the IPMI device if that is needed, which takes privileges: make it before they are dropped. Errors:
// the file can't be used. A BMC that can't be reached is tried again.
base::Result<std::unique_ptr<Collector>> make_redfish_collector(const NodeContext& node,
                                                                const RedfishOptions& options);

// The same with a service to ask.
std::unique_ptr<Collector> make_redfish_collector(const NodeContext& node,
                                                  std::shared_ptr<power::RedfishMeter> meter,
                                                  std::chrono::milliseconds interval);

}  // namespace ceems::collector
