// The text columns of usage and the conditions on its rows. For this room only.
#pragma once

#include "store/conditions.h"
#include "store/model.h"
#include "store/reader.h"

#include <string_view>
#include <vector>

namespace ceems::store {

// `plain_index`: "+" keeps SQLite from an index on these columns, where another one finds fewer rows; else
// "".
Conditions usage_conditions(const UsageQuery& query, std::string_view plain_index = "");
// The metrics that the query selects.
std::vector<Metric> wanted_metrics(const UsageQuery& query);

}  // namespace ceems::store
