// Making the sums, step by step, and looking after them when they are made. For this room only.
#pragma once

#include "base/result.h"
#include "store/rollup_check.h"
#include "store/sqlite.h"

namespace ceems::store {

// A step of building the sums, in a transaction of its own; or, where they are complete, a step of checking
// them. False: nothing is left to build.
base::Result<bool> advance_rollups(Connection& connection, RollupCheck& check);

}  // namespace ceems::store
