// A thread that looks at something from time to time, sooner when it is woken, and ends when it is told to.
// Of one owner, who alone starts and stops it.
#pragma once

#include "base/fd.h"
#include "base/result.h"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string_view>
#include <thread>

namespace ceems::base {

class WatchThread {
 public:
  enum class Wake { kStopped, kWoken, kTime };
  using Clock = std::chrono::steady_clock;

  WatchThread();
  WatchThread(const WatchThread&) = delete;
  WatchThread& operator=(const WatchThread&) = delete;
  ~WatchThread();  // stop()

  // Starts a quiet thread of that name (see quiet_thread.h); does nothing if it has been started or stopped.
  // `body` returns once it has been told kStopped. kUnavailable if the system gives no thread.
  Status start(std::string_view name, std::move_only_function<void()> body);
  // The thread is to end: it is told so by its next wait, and what it waits for in other calls by
  // cancel_fd().
  void request_stop();
  // Waits for its end too.
  void stop();

  // Ends the wait that goes on, or the next one. Thread-safe.
  void wake();
  // Readable once the thread is to end.
  int cancel_fd() const { return cancel_.get(); }

  // For the thread. Forgets whether it was woken.
  Wake wait_until(Clock::time_point time);
  Wake wait_for(Clock::duration time) { return wait_until(Clock::now() + time); }
  // The same for a thread that nobody wakes before its time.
  Wake wait_unwoken_for(Clock::duration time);

 private:
  const Fd cancel_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  bool stopping_ = false;
  bool woken_ = false;

  std::thread thread_;  // the owner's
};

}  // namespace ceems::base
