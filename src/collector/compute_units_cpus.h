// How many CPUs units have that were not told by a cpuset: pods by what they asked for, jobs of batch systems
// that say so by what they were given. Not thread-safe.
#pragma once

#include "cgroup/machine.h"
#include "collector/compute_units_rows.h"
#include "unit/inventory.h"
#include "unit/manager.h"
#include "unit/pod_cpus.h"

namespace ceems::collector {

class UnitCpus {
 public:
  explicit UnitCpus(bool compat) : compat_(compat) {}

  // When everything is looked at: which rule the node's pods follow.
  void look(const unit::Inventory& inventory, const cgroup::Machine& machine);
  // After a row was read.
  void update(UnitRow& row, const unit::Manager& manager) const;

 private:
  bool compat_;
  unit::WeightRule rule_ = unit::WeightRule::kLinear;
};

}  // namespace ceems::collector
