// The load balancer's metrics about itself, in the Prometheus text format.
#pragma once

#include "exposition/family.h"
#include "lb/backends.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace ceems::lb {

// Thread-safe.
class SelfMetrics {
 public:
  // One request was answered: with the status of the server behind, or with one of our own.
  void count_request(Kind kind, std::string_view cluster_id, int status, std::chrono::nanoseconds duration);
  void count_refusal(Kind kind, std::string_view reason);
  // An attempt failed and the request went to another server.
  void count_retry(Kind kind, std::string_view cluster_id);
  // A decision: from memory, or after asking who owns what.
  void count_decision(Kind kind, bool asked, std::chrono::nanoseconds duration);

  // A configuration was read and is in use from now on.
  void configured(std::chrono::system_clock::time_point when);
  // Another one was wrong, and the one before stays.
  void reload_failed();

  std::string page(const std::vector<std::shared_ptr<const Backends>>& backends) const;

  static std::span<const exposition::Family> families();

 private:
  struct Time {
    std::uint64_t count = 0;
    std::chrono::nanoseconds sum{0};
  };

  mutable std::mutex mutex_;  // guards all below
  std::map<std::tuple<Kind, std::string, int>, std::uint64_t, std::less<>> requests_;
  std::map<std::tuple<Kind, std::string>, std::chrono::nanoseconds, std::less<>> durations_;
  std::map<std::tuple<Kind, std::string>, std::uint64_t, std::less<>> refusals_;
  std::map<std::tuple<Kind, std::string>, std::uint64_t, std::less<>> retries_;
  std::map<std::pair<Kind, bool>, Time> decisions_;
  std::chrono::system_clock::time_point configured_{};
  bool reload_failed_ = false;
};

}  // namespace ceems::lb
