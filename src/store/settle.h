// Adding what a repeated query found. For this room only.
#pragma once

#include "base/result.h"
#include "store/pending.h"
#include "store/sqlite.h"
#include "store/writer.h"

#include <string>

namespace ceems::store {

// Inside the caller's transaction; `missing` is that of the window's cluster and follows the change.
base::Status apply_outcome(Connection& connection, PendingWindow window, const PendingOutcome& outcome,
                           const std::string& day, const MeanWeights& weights, MissingIndex& missing);

}  // namespace ceems::store
