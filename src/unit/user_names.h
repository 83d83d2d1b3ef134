// Login names of user ids. The lookup may go to a directory service that is slow or away, so it is made by a
// thread of its own, and whoever asks waits only as long as he likes. Not thread-safe itself.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace ceems::unit {

class UserNames {
 public:
  // The name of a user id; nullopt if there is no such user.
  using Lookup = std::function<std::optional<std::string>(uid_t)>;

  UserNames();
  explicit UserNames(Lookup lookup);
  ~UserNames();

  // The login name, or the id as text for a user without one. nullopt: not known within `patience`; ask
  // again. Names are kept for ten minutes.
  std::optional<std::string> name(uid_t uid, std::chrono::milliseconds patience);

 private:
  struct State;
  // Shared with the thread, which may be stuck in a lookup when this object goes.
  std::shared_ptr<State> state_;
};

}  // namespace ceems::unit
