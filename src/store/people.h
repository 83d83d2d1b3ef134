// The rows of users, projects and administrators. For this room only.
#pragma once

#include "base/result.h"
#include "store/model.h"
#include "store/sqlite.h"

#include <string_view>

namespace ceems::store {

// Makes the row or replaces all of it. The list in it is merged with the one that is there unless
// `replace_list`.
base::Status upsert_user(Connection& connection, const User& user, bool replace_list);
base::Status upsert_project(Connection& connection, const Project& project, bool replace_list);
base::Status upsert_admin(Connection& connection, std::string_view name, std::string_view source,
                          std::string_view last_updated_at);

}  // namespace ceems::store
