// Letting a user at files that are not his, by entries in their POSIX access control lists, acl(5), which are
// taken back when the program ends. For programs that are started as root and become an ordinary user.
#pragma once

#include "base/result.h"
#include "base/user.h"

#include <string>
#include <vector>

namespace ceems::base {

class Grants {
 public:
  // Whatever of `needs` that user lacks he gets; paths must exist, but for those that may vanish. kPermission
  // names a path that he cannot reach even then: a directory above it may be closed to him. Needs root;
  // forks: call it before threads start.
  static Result<Grants> add(const User& user, const std::vector<PathNeed>& needs);

  // Whether there is anything to take back, which takes CAP_FOWNER.
  bool empty() const { return entries_.empty(); }
  std::vector<std::string> paths() const;
  // Takes every grant back, the last first: lists become what they were; of one that somebody changed
  // meanwhile only the user's entry goes. What does not work is left and reported by the first error.
  Status revoke();

 private:
  struct Entry {
    std::string path;
    std::string before;   // the list as it was, in its text form
    std::string granted;  // and as it was made
  };

  Grants() = default;

  uid_t uid_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace ceems::base
