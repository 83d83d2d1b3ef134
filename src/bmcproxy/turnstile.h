// Lets requests to one BMC through: few at a time, one after the other in the order of their arrival, with a
// pause between them. Those that wait hold no thread. For the network thread only.
#pragma once

#include "bmcproxy/settings.h"
#include "http/forward.h"

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>

namespace ceems::bmcproxy {

class Turnstile {
 public:
  using Clock = std::chrono::steady_clock;

  // One request's place in the queue.
  struct Ticket {
    std::shared_ptr<http::Bell> bell;
    Clock::time_point give_up;
  };
  using Place = std::shared_ptr<Ticket>;

  explicit Turnstile(const LimitSettings& limits) : limits_(limits) {}

  // Null if too many wait.
  Place queue(Clock::time_point now);

  enum class Step { kGo, kWait, kGiveUp };
  // What the request does now. kGo: it is through, and leave() has to follow; kWait: until its bell rings or
  // `until`, then ask again; kGiveUp: its time is over, it has no place any more.
  struct Next {
    Step step = Step::kGo;
    Clock::time_point until{};
  };
  Next next(const Place& place, Clock::time_point now);

  // A request that was through has ended.
  void leave();

  std::size_t in_flight() const { return in_flight_; }
  std::size_t waiting() const { return queue_.size(); }

 private:
  void remove(const Place& place);
  void wake_first();

  const LimitSettings limits_;
  std::deque<Place> queue_;
  std::size_t in_flight_ = 0;
  Clock::time_point not_before_{};  // the next one
};

}  // namespace ceems::bmcproxy
