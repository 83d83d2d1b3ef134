// The proxy's metrics about itself, in the Prometheus text format. For the network thread only, but for what
// is said of the configuration.
#pragma once

#include "exposition/family.h"
#include "http/forward.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace ceems::bmcproxy {

// Where an answer came from.
enum class Origin : std::uint8_t { kBmc, kShared, kProxy };

// What is now.
struct Load {
  std::size_t bmcs = 0;
  std::size_t silent = 0;  // of them
  std::size_t in_flight = 0;
  std::size_t waiting = 0;
  std::size_t sessions = 0;
};

class SelfMetrics {
 public:
  void count_answer(int status, Origin origin) { ++answers_[{status, origin}]; }
  void count_refusal(std::string_view reason) { ++refusals_[std::string(reason)]; }
  void count_attempt(http::ForwardFault fault) { ++attempts_[fault]; }

  void configured(double unix_seconds) {
    configured_ = unix_seconds;
    reload_failed_ = false;
  }
  void reload_failed() { reload_failed_ = true; }

  std::string page(const Load& load) const;
  static std::span<const exposition::Family> families();

 private:
  std::map<std::pair<int, Origin>, std::uint64_t> answers_;
  std::map<std::string, std::uint64_t, std::less<>> refusals_;
  std::map<http::ForwardFault, std::uint64_t> attempts_;
  std::atomic<double> configured_ = 0;
  std::atomic<bool> reload_failed_ = false;
};

}  // namespace ceems::bmcproxy
