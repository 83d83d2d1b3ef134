// How many logical CPUs share a core. Sources: /sys/devices/system/cpu/online and cpuN/topology
// (https://docs.kernel.org/admin-guide/cputopology.html), else /proc/cpuinfo.
#pragma once

#include "base/fd.h"
#include "collector/node.h"

#include <optional>
#include <string>

namespace ceems::collector {

// Not thread-safe.
class CpuTopology {
 public:
  explicit CpuTopology(const NodeContext& node);

  // Mean number of online logical CPUs per core, 1 at least; looked up again when the set of online CPUs has
  // changed. Not a whole number where some cores have more threads than others. Nothing if no source tells.
  std::optional<double> threads_per_core();

 private:
  std::optional<double> from_sysfs(std::string_view online) const;
  std::optional<double> from_cpuinfo() const;

  const std::string directory_;  // "/sys/devices/system/cpu"
  const std::string cpuinfo_;
  const bool comparable_output_;
  base::Fd online_;
  std::string known_online_;  // what the answer was found for
  std::optional<double> answer_;
};

}  // namespace ceems::collector
