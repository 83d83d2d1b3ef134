// How long a blocking network operation may take, and who may interrupt it. Thread-safe.
#pragma once

#include "base/fd.h"
#include "base/result.h"

#include <atomic>
#include <chrono>

namespace ceems::http {

// Interrupts every wait, now and later, once cancelled.
class Canceller {
 public:
  Canceller();
  void cancel();
  bool cancelled() const { return cancelled_.load(); }
  int fd() const { return event_.get(); }  // readable once cancelled

 private:
  base::Fd event_;
  std::atomic<bool> cancelled_ = false;
};

struct Patience {
  std::chrono::steady_clock::time_point deadline;
  const Canceller* canceller = nullptr;

  // The same, but no longer than until `limit` from now.
  Patience at_most(std::chrono::milliseconds limit) const;
};

// Waits until poll(2) reports one of `events` (or an error) on the descriptor. kTimeout, kCancelled.
base::Status wait_for(int fd, short events, const Patience& patience);

}  // namespace ceems::http
