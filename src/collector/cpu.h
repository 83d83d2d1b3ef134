// Collector `cpu`: CPU time by mode, number of CPUs, logical CPUs per core. Sources: /proc/stat,
// /proc/cpuinfo, /sys/devices/system/cpu.
#pragma once

#include "base/result.h"
#include "collector/collector.h"
#include "collector/node.h"

#include <memory>

namespace ceems::collector {

struct CpuOptions {};

// Never fails: what can't be read now is tried again at each collection.
base::Result<std::unique_ptr<Collector>> make_cpu_collector(const NodeContext& node,
                                                            const CpuOptions& options);

}  // namespace ceems::collector
