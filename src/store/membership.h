// Users, projects and administrators. For this room only.
#pragma once

#include "base/result.h"
#include "store/sqlite.h"
#include "store/writer.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::store {

// Inside the caller's transaction.
base::Status write_membership(Connection& connection, std::string_view cluster_id, std::string_view manager,
                              const Membership& membership, std::string_view last_updated_at);
base::Status write_admins(Connection& connection, std::string_view source,
                          const std::vector<std::string>& names, std::string_view last_updated_at);

// Of clusters whose memberships are merged: takes out who has no unit left. At most once a day, by `day`.
base::Status prune_merged_memberships(Connection& connection, std::int64_t day);

}  // namespace ceems::store
