// Collector `cray_pm_counters`: energy, power and temperature of HPE Cray nodes, see
// power/cray_pm_counters.h. Other machines have no data. While the node's controller is stuck, power and
// temperature are left out.
#pragma once

#include "base/result.h"
#include "collector/collector.h"
#include "collector/meters.h"
#include "collector/node.h"

#include <memory>
#include <string>

namespace ceems::collector {

struct CrayPmCountersOptions {
  std::string sysfs = {};  // --collector.cray_pm_counters.path.sysfs; empty: the node's
  // Is told whether the processors' energy is counted; may be null.
  std::shared_ptr<Meters> meters = nullptr;
};

// Never fails.
base::Result<std::unique_ptr<Collector>> make_cray_pm_counters_collector(
    const NodeContext& node, const CrayPmCountersOptions& options);

}  // namespace ceems::collector
