// The server's metrics about itself, in the Prometheus text format: how the accounting of each cluster fares,
// backups, administrators out of Grafana, the size of the database, and what was asked.
#pragma once

#include "exposition/family.h"
#include "update/service.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ceems::api {

// Thread-safe.
class SelfMetrics {
 public:
  // One request was answered by the handler of `route` ("/units"), after that time. What is streamed later is
  // not part of it.
  void count_request(std::string_view route, int status, std::chrono::nanoseconds duration);

  struct Subjects {
    std::vector<update::ClusterState> clusters{};
    update::HousekeepingState housekeeping{};
    std::string database{};  // its file
  };
  // The whole page.
  std::string page(const Subjects& subjects) const;

  static std::span<const exposition::Family> families();

 private:
  mutable std::mutex mutex_;  // guards all below
  std::map<std::pair<std::string, int>, std::uint64_t> requests_;
  std::map<std::string, std::chrono::nanoseconds, std::less<>> durations_;
};

}  // namespace ceems::api
