#include "kube/pod_device_watch.h"

#include "base/watch_thread.h"

#include <algorithm>
#include <mutex>
#include <set>
#include <string_view>
#include <utility>

namespace ceems::kube {

namespace {

using Clock = std::chrono::steady_clock;
using base::ErrorCode;

}  // namespace

struct PodDeviceWatch::Shared {
  Shared(PodDeviceWatchOptions given, const base::Logger& logger) : options(std::move(given)), log(logger) {
    options.kubelet.cancel_fd = thread.cancel_fd();
  }

  PodDeviceWatchOptions options;
  const base::Logger log;

  mutable std::mutex mutex;       // guards what follows; never held while somebody is asked
  std::vector<std::string> uids;  // sorted
  View view;

  base::WatchThread thread;  // ends before what it uses
};

// The body of the thread.
class PodDeviceWatch::Loop {
 public:
  explicit Loop(Shared& shared)
      : shared_(shared), options_(shared.options), log_(shared.log), kubelet_(options_.kubelet) {}

  void run() {
    do {
      ask_kubelet();
      if (answered_) name_pods();
      publish();
    } while (!sleep());
  }

 private:
  struct Asked {
    std::string_view who;
    Peer peer;
    std::string problem;  // as the log was told
  };

  // True when the thread is to end.
  bool sleep() {
    Clock::time_point wake = Clock::now() + options_.interval;
    if (!unknown_.empty() && options_.names != nullptr) wake = std::min(wake, ask_again_);
    return shared_.thread.wait_until(wake) == base::WatchThread::Wake::kStopped;
  }

  // Keeps the books; the log hears of changes.
  void note(Asked& asked, const std::optional<base::Error>& error) {
    if (error && error->code == ErrorCode::kCancelled) return;
    ++asked.peer.asked;
    asked.peer.failed = error && error->code != ErrorCode::kNoData;
    const std::string problem = error ? error->text() : "";
    if (problem == asked.problem) return;
    if (asked.peer.failed) {
      log_.warn("it cannot be told which pods hold which GPUs; it is tried again from time to time",
                {{"asked", asked.who}, {"err", *error}});
    } else if (error) {
      log_.info("nobody to ask which pods hold which GPUs; it is tried again from time to time",
                {{"asked", asked.who}, {"err", *error}});
    } else {
      log_.info("it can be told again which pods hold which GPUs", {{"asked", asked.who}});
    }
    asked.problem = problem;
  }

  void ask_kubelet() {
    auto pods = kubelet_.pods();
    if (!pods) {
      note(kubelet_asked_, pods.error());
      return;
    }
    note(kubelet_asked_, std::nullopt);
    answered_ = true;
    pods_ = *std::move(pods);
    // A count for people to compare with: without it nothing else is missing.
    if (auto allocatable = kubelet_.allocatable()) allocatable_ = *allocatable;
  }

  std::set<PodName> unknown_pods() const {
    std::vector<std::string> uids;
    {
      const std::lock_guard lock(shared_.mutex);
      uids = shared_.uids;
    }
    std::set<PodName> unknown;
    for (const PodResources& pod : pods_) {
      PodName name{.name_space = pod.name_space, .name = pod.name};
      // A pod that was made anew under its old name has another uid.
      const auto found = uids_.find(name);
      if (found == uids_.end() || !std::ranges::binary_search(uids, found->second))
        unknown.insert(std::move(name));
    }
    return unknown;
  }

  void name_pods() {
    std::set<PodName> unknown = unknown_pods();
    if (unknown != unknown_) {
      retry_ = options_.retry_first;
      ask_again_ = Clock::now();
    }
    unknown_ = std::move(unknown);
    if (unknown_.empty() || options_.names == nullptr || Clock::now() < ask_again_) return;
    auto uids = options_.names->list();
    note(names_asked_, uids ? std::nullopt : std::optional(uids.error()));
    if (uids) uids_ = *std::move(uids);
    unknown_ = unknown_pods();
    ask_again_ = Clock::now() + retry_;
    retry_ = std::min(2 * retry_, options_.retry_most);
  }

  void publish() {
    std::map<std::string, std::vector<PodDevice>> by_uid;
    std::size_t unnamed = 0;
    for (const PodResources& pod : pods_) {
      const auto found = uids_.find(PodName{.name_space = pod.name_space, .name = pod.name});
      if (found != uids_.end()) {
        by_uid.insert_or_assign(found->second, pod.devices);
      } else {
        ++unnamed;
      }
    }
    if (answered_ && (list_ == nullptr || list_->by_uid != by_uid)) {
      auto list = std::make_shared<PodDeviceList>();
      list->by_uid = std::move(by_uid);
      list->generation = list_ == nullptr ? 1 : list_->generation + 1;
      list_ = std::move(list);
    }
    const std::lock_guard lock(shared_.mutex);
    shared_.view = View{.list = list_,
                        .kubelet = kubelet_asked_.peer,
                        .api_server = names_asked_.peer,
                        .allocatable = allocatable_,
                        .unnamed = unnamed};
  }

  Shared& shared_;
  const PodDeviceWatchOptions& options_;
  const base::Logger& log_;
  Kubelet kubelet_;
  Asked kubelet_asked_{.who = "kubelet", .peer = {}, .problem = ""};
  Asked names_asked_{.who = "API server", .peer = {}, .problem = ""};
  bool answered_ = false;  // the kubelet has
  std::vector<PodResources> pods_;
  PodUids uids_;
  std::optional<std::size_t> allocatable_;
  std::set<PodName> unknown_;
  Clock::time_point ask_again_;
  std::chrono::milliseconds retry_{0};
  std::shared_ptr<const PodDeviceList> list_;
};

PodDeviceWatch::PodDeviceWatch(PodDeviceWatchOptions options, const base::Logger& log)
    : shared_(std::make_unique<Shared>(std::move(options), log)) {}

PodDeviceWatch::~PodDeviceWatch() {
  stop();
}

void PodDeviceWatch::follow(std::vector<std::string> uids) {
  bool news = false;
  {
    const std::lock_guard lock(shared_->mutex);
    news = uids != shared_->uids;
    if (news) shared_->uids = std::move(uids);
  }
  if (news) shared_->thread.wake();
  const auto started =
      shared_->thread.start("pod-devices", [shared = shared_.get()] { Loop(*shared).run(); });
  if (!started)
    shared_->log.error("no thread to ask for the devices of pods", {{"err", started.error().message}});
}

PodDeviceWatch::View PodDeviceWatch::view() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->view;
}

void PodDeviceWatch::stop() {
  shared_->thread.request_stop();
  if (shared_->options.names != nullptr) shared_->options.names->cancel();
  shared_->thread.stop();
}

}  // namespace ceems::kube
