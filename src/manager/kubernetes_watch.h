// All pods of a cluster as its API server tells them, kept up to date by a thread: a list first, page by
// page, then watches of some seconds, each from where the one before ended. Where the server has forgotten
// that place it is a list again. Thread-safe.
#pragma once

#include "base/result.h"
#include "manager/kubernetes_pods.h"
#include "manager/manager.h"
#include "manager/rest.h"

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace ceems::manager {

struct WatchedPod {
  KubePod pod{};
  std::int64_t ended_ms = 0;    // 0: it runs, or waits to
  std::int64_t noticed_ms = 0;  // when its end was noticed here
};

struct WatchOptions {
  Milliseconds watch{10'000};     // how long one watch lasts
  Milliseconds retry{2'000};      // after a failure
  Milliseconds pace{200};         // between watches that the server ends at once
  Milliseconds patience{60'000};  // how long pods() waits
};

class PodWatch {
 public:
  PodWatch(Rest rest, WatchOptions options);
  ~PodWatch();
  PodWatch(const PodWatch&) = delete;
  PodWatch& operator=(const PodWatch&) = delete;

  // As of that time at the earliest, for which it waits. Pods that ended stay for as long as `keep_since` is
  // not past their end and the moment at which that was noticed. kUnavailable, with the last failure, if that
  // time is not reached in time.
  base::Result<std::vector<WatchedPod>> pods(TimePoint as_of, TimePoint keep_since);
  // (namespace, user) of all role bindings.
  base::Result<std::set<NamespaceUser>> role_bindings() const;
  void cancel();

 private:
  void run(const std::stop_token& stop);
  void wait(const std::stop_token& stop, Milliseconds time);
  base::Status list();
  base::Status watch();
  base::Result<std::string> get(const std::string& path) const;
  // What one answer told; a pod that is not `there` ended, or is of a list that lacks it.
  void take(KubePod pod, bool there, std::int64_t now_ms);

  Rest rest_;
  WatchOptions options_;
  // Of the thread alone.
  std::string version_;  // "": a list is due
  bool was_empty_ = false;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::string, WatchedPod> pods_;  // by uid; guarded by mutex_
  std::int64_t complete_ms_ = 0;            // everything up to then is known; guarded by mutex_
  std::optional<base::Error> failure_;      // of the last exchange; guarded by mutex_
  bool cancelled_ = false;                  // guarded by mutex_
  std::jthread thread_;
};

}  // namespace ceems::manager
