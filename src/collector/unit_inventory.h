// Where and how the cgroups of units are looked for.
#pragma once

#include "collector/compute_units.h"
#include "collector/node.h"
#include "unit/inventory.h"

namespace ceems::collector {

unit::InventoryOptions inventory_options(const NodeContext& node, const ComputeUnitsOptions& options);

}  // namespace ceems::collector
