// The `field` and `groupby` parameters. Pure functions.
#pragma once

#include "base/result.h"
#include "store/model.h"

#include <string>
#include <vector>

namespace ceems::api {

// No name at all selects every field. Names are trimmed, unknown ones dropped; kInvalid if that leaves none.
base::Result<store::UnitFields> read_unit_fields(const std::vector<std::string>& names);
base::Result<store::UsageFields> read_usage_fields(const std::vector<std::string>& names);

// Columns to group current usage by, beside user and project: cluster_id, resource_manager, groupname.
// username and project are accepted and change nothing; any other name is kInvalid.
base::Result<std::vector<store::UsageField>> read_group_by(const std::vector<std::string>& names);

}  // namespace ceems::api
