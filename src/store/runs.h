// When the units of an id ran, and whose they were. For this room only; see Reader.
#pragma once

#include "base/result.h"
#include "store/reader.h"
#include "store/sqlite.h"

#include <cstddef>
#include <string>
#include <vector>

namespace ceems::store {

base::Result<std::vector<UnitRun>> read_runs(Connection& connection, const std::string& cluster_id,
                                             const std::vector<std::string>& uuids);
base::Result<std::vector<std::string>> read_ids_in(Connection& connection, const std::string& cluster_id,
                                                   const std::vector<std::string>& projects,
                                                   const TimeRange& window, std::size_t limit);

}  // namespace ceems::store
