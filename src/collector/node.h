// What every collector is told about the node it runs on. Plain data.
#pragma once

#include "base/file.h"
#include "base/log.h"

#include <string>

namespace ceems::collector {

struct NodeContext {
  std::string procfs = "/proc";
  std::string sysfs = "/sys";
  std::string cgroupfs = "/sys/fs/cgroup";
  std::string hostname;  // value of label `hostname`; may be empty
  // --collector.empty-hostname-label: output must not depend on the machine (comparisons of whole pages).
  bool comparable_output = false;
  // --compat.ceems: keep values that older dashboards were made for, where ours differ.
  bool compat = false;
  // --compat.legacy-metric-names: renamed metrics appear under their names of release 0.10.2 too.
  bool legacy_metric_names = false;
  // --collector.zero-readings: meters that read 0 W are shown.
  bool zero_readings = false;
};

}  // namespace ceems::collector
