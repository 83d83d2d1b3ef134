// Reading what the life of the database added up. For this room only.
#pragma once

#include "base/result.h"
#include "store/pool.h"
#include "store/reader.h"

#include <memory>

namespace ceems::store {

// Holds no connection between pages; eight bytes per row of the answer.
std::unique_ptr<UsageCursor> make_global_cursor(ConnectionPool& pool, UsageQuery query);

}  // namespace ceems::store
