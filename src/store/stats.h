// Counting units, projects and users. For this room only; see Reader.
#pragma once

#include "base/result.h"
#include "store/model.h"
#include "store/sqlite.h"

#include <optional>
#include <string>
#include <vector>

namespace ceems::store {

// Inside of a read transaction.
base::Result<std::vector<Stat>> read_stats(Connection& connection, const std::vector<std::string>& clusters,
                                           const std::optional<TimeRange>& window);

}  // namespace ceems::store
