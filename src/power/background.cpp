#include "power/background.h"

#include "base/log.h"
#include "base/quiet_thread.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>

namespace ceems::power {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

}  // namespace

struct BackgroundLoop::Shared {
  Shared(BackgroundOptions o, Read r) : options(std::move(o)), read(std::move(r)) {}

  const BackgroundOptions options;
  const Read read;
  std::atomic<bool> stopping = false;

  std::mutex mutex;  // guards what follows; never held while the source is read
  std::condition_variable changed;
  bool running = false;
  SourceHealth health;  // without the age
  std::shared_ptr<const void> snapshot;
  Clock::time_point taken;

  void run() {
    std::minstd_rand random(std::random_device{}());
    milliseconds retry = options.retry_first;
    bool seen = false;
    while (!stopping) {
      const Clock::time_point begin = Clock::now();
      auto result = read(stopping);
      milliseconds pause = options.interval;
      if (result) {
        retry = options.retry_first;
        seen = true;
        // A source that is slower than its pace gets a rest all the same.
        const auto used = std::chrono::duration_cast<milliseconds>(Clock::now() - begin);
        pause = std::max(pause - used, pause / 4);
      } else {
        pause = retry;
        // What was there will soon be back, if at all.
        if (result.error().code == base::ErrorCode::kNoData && !seen) pause = options.retry_most;
        if (result.error().code == base::ErrorCode::kPermission)
          pause = std::max(retry, options.retry_refused);
        retry = std::min(2 * retry, options.retry_most);
      }
      publish(std::move(result));
      const auto tenth = static_cast<std::int64_t>(pause.count() / 10);
      sleep(pause + milliseconds(std::uniform_int_distribution<std::int64_t>(-tenth, tenth)(random)));
    }
  }

  void publish(base::Result<std::shared_ptr<const void>> result) {
    const std::lock_guard lock(mutex);
    if (result) {
      snapshot = *std::move(result);
      taken = Clock::now();
      health.last_success = std::chrono::system_clock::now();
      health.problem.reset();
      ++health.readings;
    } else {
      // An absent source is no error.
      if (result.error().code != base::ErrorCode::kNoData) ++health.errors;
      health.problem = std::move(result).error();
    }
  }

  void sleep(milliseconds time) {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, time, [&] { return stopping.load(); });
  }
};

BackgroundLoop::BackgroundLoop(BackgroundOptions options, Read read)
    : shared_(std::make_shared<Shared>(std::move(options), std::move(read))) {}

BackgroundLoop::~BackgroundLoop() {
  stop(milliseconds(0));
}

void BackgroundLoop::start() {
  if (started_) return;
  started_ = true;
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->running = true;
    shared_->health.started = true;
  }
  base::Result<std::thread> thread = base::quiet_thread(shared_->options.name, [shared = shared_] {
    shared->run();
    const std::lock_guard lock(shared->mutex);
    shared->running = false;
    shared->changed.notify_all();
  });
  if (thread) {
    thread->detach();
    return;
  }
  const std::lock_guard lock(shared_->mutex);
  shared_->running = false;
  shared_->health.problem = thread.error();
}

std::pair<std::shared_ptr<const void>, SourceHealth> BackgroundLoop::view() const {
  const std::lock_guard lock(shared_->mutex);
  SourceHealth health = shared_->health;
  if (!shared_->snapshot) return {nullptr, std::move(health)};
  const auto age = Clock::now() - shared_->taken;
  health.age = age;
  return {age > shared_->options.stale_after ? nullptr : shared_->snapshot, std::move(health)};
}

bool BackgroundLoop::stop(milliseconds grace) {
  std::unique_lock lock(shared_->mutex);
  shared_->stopping = true;
  shared_->changed.notify_all();
  return shared_->changed.wait_for(lock, grace, [&] { return !shared_->running; });
}

}  // namespace ceems::power
