// What LSF says of this host's jobs, asked of bjobs in the background on a thread of its own: when jobs come
// or go, and otherwise now and then. What was known stays while bjobs fails. The log says what changed, once.
#pragma once

#include "base/log.h"
#include "unit/lsf_jobs.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace ceems::unit {

struct LsfWatchOptions {
  std::string bjobs;                   // path; "": looked for in search_path
  std::string search_path;             // of directories, with colons between
  std::vector<std::string> hostnames;  // of this host; bjobs is asked for the first
  std::chrono::milliseconds timeout{30'000};
  std::chrono::milliseconds interval{900'000};
  // After a failure; twice as long each time, up to `interval`.
  std::chrono::milliseconds retry_first{5'000};
};

class LsfWatch {
 public:
  using Jobs = std::map<std::string, LsfJob>;
  struct View {
    std::shared_ptr<const Jobs> jobs;  // null until bjobs has answered
    std::uint64_t asked = 0;
    bool failed = false;  // the last time
  };

  LsfWatch(LsfWatchOptions options, const base::Logger& log);
  LsfWatch(const LsfWatch&) = delete;
  LsfWatch& operator=(const LsfWatch&) = delete;
  ~LsfWatch();

  // Asks; the first time it starts the thread: after privileges are dropped. Not thread-safe, like stop().
  void ask();
  // Never waits. Thread-safe.
  View view() const;
  // Ends the thread, and bjobs if it runs.
  void stop();

 private:
  struct Shared;
  class Loop;
  const std::unique_ptr<Shared> shared_;
};

}  // namespace ceems::unit
