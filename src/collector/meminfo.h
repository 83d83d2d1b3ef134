// Collector `meminfo`: memory of the node, from /proc/meminfo. By default total, free and available bytes;
// with all_stats every field of the file. A field that the kernel does not tell is absent.
#pragma once

#include "base/result.h"
#include "collector/collector.h"
#include "collector/node.h"

#include <memory>

namespace ceems::collector {

struct MeminfoOptions {
  bool all_stats = false;  // --collector.meminfo.all-stats
};

// Never fails.
base::Result<std::unique_ptr<Collector>> make_meminfo_collector(const NodeContext& node,
                                                                const MeminfoOptions& options);

}  // namespace ceems::collector
