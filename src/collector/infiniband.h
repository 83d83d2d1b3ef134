// Collector `infiniband`: state and counters of InfiniBand, RoCE and Omni-Path ports. A machine without has
// no data. Its metrics have no label `hostname`.
#pragma once

#include "base/result.h"
#include "collector/collector.h"
#include "collector/node.h"

#include <memory>

namespace ceems::collector {

// Never fails.
base::Result<std::unique_ptr<Collector>> make_infiniband_collector(const NodeContext& node);

}  // namespace ceems::collector
