#include "lb/cluster_watch.h"

#include "base/log.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace ceems::lb {

namespace {

class Watch final : public ClusterWatch {
 public:
  Watch(std::vector<std::string> configured, ClusterSource source, std::chrono::milliseconds interval)
      : unknown_(std::move(configured)), source_(std::move(source)), interval_(interval) {
    thread_ = std::thread([this] { run(); });
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  ~Watch() override {
    {
      const std::scoped_lock lock(mutex_);
      stopping_ = true;
    }
    stopped_.notify_all();
    source_.cancel();
    thread_.join();
  }

 private:
  void run() {
    for (;;) {
      look();
      std::unique_lock lock(mutex_);
      if (stopped_.wait_for(lock, interval_, [this] { return stopping_; })) return;
    }
  }

  void look() {
    const base::Logger log;
    const auto known = source_.known();
    if (!known) {
      if (known.error().code != base::ErrorCode::kCancelled && !std::exchange(failing_, true))
        log.warn("cannot tell yet which clusters have units", {{"err", known.error()}});
      return;
    }
    failing_ = false;
    const UnknownClusters::Change change = unknown_.compare(*known);
    for (const std::string& id : change.unknown)
      log.warn("this cluster has no units: is its id right?", {{"cluster", id}});
    for (const std::string& id : change.known)
      log.info("this cluster has units now", {{"cluster", id}});
  }

  UnknownClusters unknown_;
  const ClusterSource source_;
  const std::chrono::milliseconds interval_;
  bool failing_ = false;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace

UnknownClusters::Change UnknownClusters::compare(const std::vector<std::string>& known) {
  Change change;
  for (const std::string& id : configured_) {
    if (std::ranges::find(known, id) == known.end()) {
      if (unknown_.insert(id).second) change.unknown.push_back(id);
    } else if (unknown_.erase(id) > 0) {
      change.known.push_back(id);
    }
  }
  return change;
}

std::unique_ptr<ClusterWatch> watch_clusters(std::vector<std::string> configured, ClusterSource source,
                                             std::chrono::milliseconds interval) {
  return std::make_unique<Watch>(std::move(configured), std::move(source), interval);
}

}  // namespace ceems::lb
