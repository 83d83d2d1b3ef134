// Which clusters have units, and under which managers. For this room only.
#pragma once

#include "base/result.h"
#include "store/model.h"
#include "store/sqlite.h"

#include <vector>

namespace ceems::store {

// See Reader::clusters(). Inside of a read transaction.
base::Result<std::vector<Cluster>> read_clusters(Connection& connection);

}  // namespace ceems::store
