// Collector `rapl`: energy and power limits of processors, memory and platform, see power/rapl.h. Counters go
// on where the hardware's wrap. A machine without RAPL has no data; one where no zone can be read is an
// error.
#pragma once

#include "base/result.h"
#include "collector/collector.h"
#include "collector/meters.h"
#include "collector/node.h"

#include <chrono>
#include <memory>
#include <string>

namespace ceems::collector {

struct RaplOptions {
  bool zone_label = false;                   // --collector.rapl.enable-zone-label
  std::string sysfs = {};                    // --collector.rapl.path.sysfs; empty: the node's
  std::shared_ptr<Meters> meters = nullptr;  // is told whether a package can be read; may be null
  // How often the counters are looked at between collections. A thread does it, from the first collection on
  // and only where there is RAPL.
  std::chrono::milliseconds sampling_period{30'000};
};

// Opens the files that need privileges: make it before they are dropped. Never fails.
base::Result<std::unique_ptr<Collector>> make_rapl_collector(const NodeContext& node,
                                                             const RaplOptions& options);

}  // namespace ceems::collector
