// Users as the operating system knows them, and what they may read. Thread-safe, but for what is said.
#pragma once

#include "base/result.h"

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace ceems::base {

struct User {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  // supplementary ones, the primary group included
  std::string home;
};

// By name, then, if it is a number, by user id; the user must exist in the passwd database. kNotFound else.
Result<User> find_user(std::string_view name_or_uid);

// The name of the effective user, or its id as text if it has no name.
std::string current_user_name();

// Which of these files that user, without any capability, could not open for reading now. A process that is
// not root can answer only for its own user. Forks: call it before threads start.
Result<std::vector<std::string>> unreadable_files(const User& user, const std::vector<std::string>& paths);

}  // namespace ceems::base
