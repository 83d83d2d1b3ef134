// Compares the ids of configured clusters with those that have units. One that has none may be new, or its id
// may be wrong: the log says so, and says when it has some.
#pragma once

#include "base/result.h"

#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ceems::lb {

// What changed since the clusters were compared before.
class UnknownClusters {
 public:
  struct Change {
    std::vector<std::string> unknown{};  // that were not so before
    std::vector<std::string> known{};    // that were unknown
  };

  explicit UnknownClusters(std::vector<std::string> configured) : configured_(std::move(configured)) {}
  Change compare(const std::vector<std::string>& known);

 private:
  const std::vector<std::string> configured_;
  std::set<std::string> unknown_;
};

// Asked on a thread of its own.
struct ClusterSource {
  std::function<base::Result<std::vector<std::string>>()> known;  // may block
  std::function<void()> cancel;                                   // ends a call of it early
};

// The destructor stops it.
class ClusterWatch {
 public:
  virtual ~ClusterWatch() = default;
};

// Now, and after each `interval`.
std::unique_ptr<ClusterWatch> watch_clusters(std::vector<std::string> configured, ClusterSource source,
                                             std::chrono::milliseconds interval = std::chrono::minutes(5));

}  // namespace ceems::lb
