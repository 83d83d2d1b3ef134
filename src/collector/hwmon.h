// Collector `hwmon`: power and energy by Linux's hardware monitors, see power/hwmon.h. A machine without has
// no data; one where no file can be read is an error.
#pragma once

#include "base/result.h"
#include "collector/collector.h"
#include "collector/node.h"

#include <memory>

namespace ceems::collector {

// Opens the files that need privileges: make it before they are dropped. Never fails.
base::Result<std::unique_ptr<Collector>> make_hwmon_collector(const NodeContext& node);

}  // namespace ceems::collector
