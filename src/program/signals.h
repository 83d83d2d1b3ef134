// The signals that a server acts on.
#pragma once

#include <csignal>
#include <functional>

namespace ceems::program {

// Make it before threads start, so that none of them takes these signals. One per process.
class Signals {
 public:
  enum class Reload : bool { kNo, kYes };

  // Holds back SIGINT and SIGTERM until wait(), and SIGHUP where that reloads; ignores SIGPIPE.
  explicit Signals(Reload reload = Reload::kNo);
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  // Returns after SIGINT or SIGTERM, and logs it; a second one ends the program at once. Calls `reload` for
  // SIGHUP.
  void wait(const std::function<void()>& reload = {});

 private:
  sigset_t set_{};
};

}  // namespace ceems::program
