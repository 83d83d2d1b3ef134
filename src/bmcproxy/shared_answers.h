// One answer of a BMC for all who ask the same: those who come while it is being fetched wait for it, and it
// serves others for a moment after. Bounded in number and bytes. For the network thread only.
#pragma once

#include "http/forward.h"
#include "http/message.h"

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace ceems::bmcproxy {

struct SharedAnswer {
  enum class State { kFetching, kThere, kAbandoned };

  State state = State::kFetching;
  http::Response response;  // kThere: whole
  std::shared_ptr<http::Bell> done = std::make_shared<http::Bell>();
};

class SharedAnswers {
 public:
  using Clock = std::chrono::steady_clock;

  static constexpr std::size_t kLargest = std::size_t{1} << 20;  // body, to be shared
  static constexpr std::size_t kMostKept = 8'192;
  static constexpr std::size_t kMostBytes = std::size_t{64} << 20;

  explicit SharedAnswers(std::chrono::milliseconds remember) : remember_(remember) {}

  // The one that is there or being fetched. `mine` if there was none: it has to be ended by one of the
  // following.
  struct Found {
    std::shared_ptr<SharedAnswer> answer;
    bool mine = false;
  };
  Found find(const std::string& key, Clock::time_point now);

  // All who wait get it; `keep`: so do those who ask within the next moment.
  void arrived(const std::string& key, SharedAnswer& answer, http::Response response, bool keep,
               Clock::time_point now);
  // It can't be shared, or who fetched it went away: those who wait ask for themselves.
  void abandon(const std::string& key, SharedAnswer& answer);

 private:
  struct Kept {
    std::shared_ptr<SharedAnswer> answer;
    std::size_t bytes = 0;
    Clock::time_point until = Clock::time_point::max();  // max: being fetched
  };

  void forget(const std::string& key, const SharedAnswer& answer);
  void forget_old(Clock::time_point now);

  const std::chrono::milliseconds remember_;
  std::map<std::string, Kept, std::less<>> by_key_;
  std::deque<std::pair<Clock::time_point, std::string>> old_;  // in the order in which they are forgotten
  std::size_t bytes_ = 0;
};

}  // namespace ceems::bmcproxy
