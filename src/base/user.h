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

// The effective user of this process; without a name in the passwd database, its id as text is its name.
User current_user();

// Which of these files that user, without any capability, could not open for reading now. A process that is
// not root can answer only for its own user. Forks: call it before threads start.
Result<std::vector<std::string>> unreadable_files(const User& user, const std::vector<std::string>& paths);

// Access to a file or directory, as access(2) names it: R_OK | W_OK | X_OK.
struct PathNeed {
  std::string path;
  int mode = 0;
  bool may_vanish = false;  // what is not there is no need
};
// Which of these the same user would lack. As unreadable_files(), but nothing is opened.
Result<std::vector<PathNeed>> unmet_needs(const User& user, const std::vector<PathNeed>& needs);

}  // namespace ceems::base
