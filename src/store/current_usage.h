// Adding up usage over a window, from the rollups as far as they reach and from rows elsewhere. For this room
// only.
#pragma once

#include "base/result.h"
#include "store/model.h"
#include "store/reader.h"
#include "store/sqlite.h"
#include "store/time_zone.h"

#include <memory>

namespace ceems::store {

// Inside of a read transaction. The cursor holds all numbers of the answer, about a kilobyte per row; it
// needs the connection no more.
base::Result<std::unique_ptr<UsageCursor>> read_current_usage(Connection& connection,
                                                              const CurrentUsageQuery& query,
                                                              const TimeZone& time_zone);

}  // namespace ceems::store
