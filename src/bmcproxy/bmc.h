// One BMC: how to reach it, whose turn it is, and whether it answers at all. For the network thread only.
#pragma once

#include "base/result.h"
#include "bmcproxy/settings.h"
#include "bmcproxy/turnstile.h"
#include "http/upstream.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace ceems::bmcproxy {

class Bmc {
 public:
  using Clock = std::chrono::steady_clock;

  // Errors: as http::Upstream.
  static base::Result<std::shared_ptr<Bmc>> create(const std::string& url, const Settings& settings);

  Bmc(std::string url, std::shared_ptr<const http::Upstream> upstream, const LimitSettings& limits)
      : url_(std::move(url)), upstream_(std::move(upstream)), turnstile_(limits) {}

  const std::string& url() const { return url_; }
  const std::shared_ptr<const http::Upstream>& upstream() const { return upstream_; }
  Turnstile& turnstile() { return turnstile_; }

  // A BMC that did not answer is left alone for a while, twice as long each time: the fault then.
  std::optional<http::ForwardFault> silent(Clock::time_point now) const;
  void ended(const http::Outcome& outcome, Clock::time_point now);

  Clock::time_point used{};  // last

 private:
  const std::string url_;
  const std::shared_ptr<const http::Upstream> upstream_;
  Turnstile turnstile_;
  int failures_ = 0;  // in a row
  http::ForwardFault fault_ = http::ForwardFault::kNone;
  Clock::time_point silent_until_{};
};

}  // namespace ceems::bmcproxy
