// Reading and adding up usage. For this room only.
#pragma once

#include "base/result.h"
#include "store/model.h"
#include "store/reader.h"
#include "store/sqlite.h"

#include <vector>

namespace ceems::store {

base::Result<std::vector<Usage>> read_global_usage(Connection& connection, const UsageQuery& query);
base::Result<std::vector<Usage>> read_current_usage(Connection& connection, const CurrentUsageQuery& query,
                                                    const TimeZone& time_zone);

}  // namespace ceems::store
