// At most so many requests per client and minute: a sliding window made of the counts of the current and the
// previous minute. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace ceems::api {

class RateLimit {
 public:
  explicit RateLimit(std::int64_t requests_per_minute) : limit_(requests_per_minute) {}

  struct Verdict {
    bool allowed = true;
    std::int64_t limit = 0;
    std::int64_t remaining = 0;
    std::int64_t reset_seconds = 0;  // since the epoch, when the current minute ends
  };
  // Counts one request of that client, if it is allowed.
  Verdict count(const std::string& client, std::chrono::sys_seconds now);

 private:
  using Counts = std::unordered_map<std::string, std::int64_t>;

  std::int64_t counted(const Counts& counts, const std::string& client) const;
  std::int64_t& slot(const std::string& client);

  const std::int64_t limit_;
  std::mutex mutex_;  // guards all below
  std::int64_t minute_ = 0;
  Counts current_;
  Counts previous_;
};

// What counts as one client: the address, of IPv6 the network of 64 bits that one customer has.
std::string client_key(std::string_view address);

}  // namespace ceems::api
