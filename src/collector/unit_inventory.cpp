#include "collector/unit_inventory.h"

namespace ceems::collector {

unit::InventoryOptions inventory_options(const NodeContext& node, const ComputeUnitsOptions& options) {
  unit::InventoryOptions inventory;
  inventory.cgroupfs = node.cgroupfs;
  inventory.procfs = node.procfs;
  inventory.force_version = options.force_version;
  inventory.active_subsystem = options.active_subsystem;
  inventory.walk_interval = options.walk_interval;
  return inventory;
}

}  // namespace ceems::collector
