#include "gpu/nvml_sampler.h"

#include "base/quiet_thread.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace ceems::gpu {

namespace {

// The counters of GPM tell nothing before the second sample; it comes early.
constexpr std::chrono::milliseconds kSecondSample{1'000};
constexpr int kStaleIntervals = 4;

}  // namespace

std::string_view nvml_state_name(NvmlState state) {
  constexpr std::array<std::string_view, 5> kNames{"starting", "absent", "failed", "ready", "stale"};
  return kNames.at(static_cast<std::size_t>(state));
}

struct NvmlSampler::Shared {
  Shared(NvmlSamplerOptions given, const base::Logger& logger) : options(std::move(given)), log(logger) {
    if (options.libraries.empty()) options.libraries = usual_nvml_libraries();
  }

  const NvmlSamplerOptions& settings() const { return options; }

  NvmlSamplerOptions options;
  const base::Logger log;
  std::atomic<bool> stopping = false;

  std::mutex mutex;  // guards what follows; never held while NVML is called
  std::condition_variable changed;
  bool running = false;
  Clock::time_point started;
  View view;  // without the age
};

// The body of the thread: everything that calls NVML.
class NvmlSampler::Loop {
 public:
  explicit Loop(std::shared_ptr<Shared> shared)
      : shared_(std::move(shared)), options_(shared_->settings()), log_(shared_->log) {}

  void run() {
    std::chrono::milliseconds retry = options_.retry_first;
    while (!stopping()) {
      if (!library_ && !load()) {
        sleep(options_.search_again);
        continue;
      }
      auto session = NvmlSession::open(*library_, history_, options_.read, log_);
      if (!session) {
        fail(session.error());
        forget_replaced_library();
        sleep(retry);
        retry = std::min(2 * retry, options_.retry_most);
        continue;
      }
      retry = options_.retry_first;
      begin_session();
      sample_until_lost(**session);
      session->reset();
      forget_replaced_library();
      if (history_.faults.driver_lost()) sleep(options_.retry_first);
    }
  }

 private:
  bool stopping() const { return shared_->stopping.load(std::memory_order_relaxed); }

  void sleep(std::chrono::milliseconds time) {
    std::unique_lock lock(shared_->mutex);
    shared_->changed.wait_for(lock, time, [&] { return stopping(); });
  }

  bool load() {
    auto loaded = NvmlLibrary::load(options_.libraries);
    if (loaded) {
      library_ = *std::move(loaded);
      return true;
    }
    publish(NvmlState::kAbsent, loaded.error().text(), nullptr);
    if (said_ != NvmlState::kAbsent) {
      log_.info("no NVML on this machine; it is looked for again from time to time",
                {{"err", loaded.error()}});
      said_ = NvmlState::kAbsent;
    }
    return false;
  }

  void fail(const base::Error& error) {
    publish(NvmlState::kFailed, error.text(), nullptr);
    if (said_ == NvmlState::kFailed && said_error_ == error.message) return;
    log_.warn("NVML can't be used; it is tried again from time to time", {{"err", error}});
    said_ = NvmlState::kFailed;
    said_error_ = error.message;
  }

  void begin_session() {
    const std::lock_guard lock(shared_->mutex);
    ++shared_->view.initialisations;
  }

  void sample_until_lost(NvmlSession& session) {
    std::optional<Clock::time_point> lacking_since;
    bool first = true;
    while (!stopping()) {
      const Clock::time_point begin = Clock::now();
      std::shared_ptr<const NvmlSnapshot> snapshot = session.sample(shared_->stopping);
      if (snapshot == nullptr) return;
      if (const auto lost = history_.faults.driver_lost()) {
        fail({base::ErrorCode::kUnavailable, "NVML was lost: " + nvml_error_text(*lost), library_->name()});
        return;
      }
      say_ready(*snapshot);
      publish(NvmlState::kReady, "", std::move(snapshot));
      if (!session.lacks_device()) {
        lacking_since.reset();
      } else if (!lacking_since) {
        lacking_since = begin;
      } else if (begin - *lacking_since >= options_.lost_device_retry) {
        return;
      }
      const auto pause =
          std::exchange(first, false) ? std::min(options_.interval, kSecondSample) : options_.interval;
      const auto used = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
      // NVML that is slower than the pace gets a rest all the same.
      sleep(std::max(pause - used, pause / 4));
    }
  }

  void say_ready(const NvmlSnapshot& snapshot) {
    if (said_ == NvmlState::kReady) return;
    log_.info("NVML is ready", {{"library", snapshot.library},
                                {"driver", snapshot.driver_version},
                                {"devices", snapshot.devices.size()}});
    said_ = NvmlState::kReady;
  }

  // A new driver comes with a new library, in the place of the one that is loaded.
  void forget_replaced_library() {
    const auto lost = history_.faults.driver_lost();
    if (lost && *lost == NvmlReturn::kLibRmVersionMismatch) library_.reset();
  }

  void publish(NvmlState state, std::string problem, std::shared_ptr<const NvmlSnapshot> snapshot) {
    const auto& counts = history_.faults.counts();
    const std::lock_guard lock(shared_->mutex);
    View& view = shared_->view;
    view.state = state;
    view.problem = std::move(problem);
    view.snapshot = std::move(snapshot);
    if (view.snapshot) ++view.samples;
    view.errors.assign(counts.begin(), counts.end());
  }

  const std::shared_ptr<Shared> shared_;
  const NvmlSamplerOptions& options_;
  const base::Logger& log_;
  NvmlHistory history_;
  std::unique_ptr<NvmlLibrary> library_;
  std::optional<NvmlState> said_;  // what the log was told last
  std::string said_error_;
};

NvmlSampler::NvmlSampler(NvmlSamplerOptions options, const base::Logger& log)
    : shared_(std::make_shared<Shared>(std::move(options), log)) {}

NvmlSampler::~NvmlSampler() {
  stop(std::chrono::milliseconds(0));
}

void NvmlSampler::start() {
  if (started_) return;
  started_ = true;
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->running = true;
    shared_->started = Clock::now();
  }
  base::Result<std::thread> thread = base::quiet_thread("nvml", [shared = shared_] {
    Loop(shared).run();
    const std::lock_guard lock(shared->mutex);
    shared->running = false;
    shared->changed.notify_all();
  });
  if (thread) {
    thread->detach();
    return;
  }
  shared_->log.error("no thread for NVML", {{"err", thread.error().message}});
  const std::lock_guard lock(shared_->mutex);
  shared_->running = false;
}

NvmlSampler::View NvmlSampler::view() const {
  const Clock::time_point now = Clock::now();
  const auto patience =
      std::max(kStaleIntervals * shared_->settings().interval, shared_->settings().stale_at_least);
  const std::lock_guard lock(shared_->mutex);
  View view = shared_->view;
  if (view.snapshot) view.age = now - view.snapshot->taken;
  const bool never_began =
      view.state == NvmlState::kStarting && shared_->running && now - shared_->started > patience;
  const bool stopped_coming = view.state == NvmlState::kReady && view.age > patience;
  if (never_began || stopped_coming) {
    view.state = NvmlState::kStale;
    view.snapshot.reset();
  }
  return view;
}

bool NvmlSampler::stop(std::chrono::milliseconds grace) {
  std::unique_lock lock(shared_->mutex);
  shared_->stopping = true;
  shared_->changed.notify_all();
  return shared_->changed.wait_for(lock, grace, [&] { return !shared_->running; });
}

}  // namespace ceems::gpu
