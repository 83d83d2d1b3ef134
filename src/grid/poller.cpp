#include "grid/poller.h"

#include "base/log.h"
#include "base/quiet_thread.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

namespace ceems::grid {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kFirstRetry{15'000};
constexpr milliseconds kLongestPause{std::chrono::hours(24)};

}  // namespace

milliseconds pause_after(const Poll& poll, milliseconds interval, int failures) {
  milliseconds pause = interval;
  if (poll.problem && !poll.table) {
    pause = std::min(kFirstRetry, interval);
    for (int i = 0; i < failures && pause < interval; ++i)
      pause = std::min(2 * pause, interval);
  }
  if (poll.pause) pause = std::max(pause, std::min(*poll.pause, kLongestPause));
  return pause;
}

struct PollingProvider::Shared {
  Shared(ProviderInfo i, milliseconds n, std::unique_ptr<Service> s)
      : info(i), interval(n), service(std::move(s)) {}

  const ProviderInfo info;
  const milliseconds interval;
  const std::unique_ptr<Service> service;

  std::mutex mutex;  // guards what follows; never held while the service is asked
  std::condition_variable changed;
  bool running = false;
  bool stopping = false;
  ProviderHealth health;  // without the age
  std::shared_ptr<const FactorTable> table;
  Clock::time_point taken;

  void run() {
    std::minstd_rand random(std::random_device{}());
    int failures = 0;
    while (true) {
      Poll poll = service->poll(std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now()));
      const milliseconds pause = pause_after(poll, interval, failures);
      failures = poll.problem && !poll.table ? failures + 1 : 0;
      // Only longer: a service that said when to come again means it.
      const milliseconds jitter(std::uniform_int_distribution<std::int64_t>(
          0, std::max<std::int64_t>(pause.count() / 10, 1))(random));
      if (!publish(std::move(poll)) || !sleep(pause + jitter)) return;
    }
  }

  // False if it is time to stop: then what was cancelled is no error.
  bool publish(Poll poll) {
    const std::lock_guard lock(mutex);
    if (stopping) return false;
    say(poll.problem);
    if (poll.table) {
      table = std::move(poll.table);
      taken = Clock::now();
      health.last_success = std::chrono::system_clock::now();
    }
    if (poll.problem) {
      ++health.errors;
    } else {
      ++health.polls;
    }
    health.problem = std::move(poll.problem);
    return true;
  }

  void say(const std::optional<base::Error>& problem) const {
    const base::Logger log;
    const bool had = health.problem.has_value();
    if (problem && (!had || health.problem->code != problem->code)) {
      log.warn("a provider of emission factors fails; its last factors are kept",
               {{"provider", info.id}, {"error", *problem}});
    } else if (!problem && had) {
      log.info("a provider of emission factors is well again", {{"provider", info.id}});
    }
  }

  bool sleep(milliseconds time) {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, time, [&] { return stopping; });
    return !stopping;
  }
};

PollingProvider::PollingProvider(ProviderInfo info, milliseconds interval, std::unique_ptr<Service> service)
    : shared_(std::make_shared<Shared>(info, interval, std::move(service))) {}

PollingProvider::~PollingProvider() {
  stop(milliseconds(0));
}

const ProviderInfo& PollingProvider::info() const {
  return shared_->info;
}

std::shared_ptr<const FactorTable> PollingProvider::factors() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->table;
}

std::optional<ProviderHealth> PollingProvider::health() const {
  const std::lock_guard lock(shared_->mutex);
  ProviderHealth health = shared_->health;
  if (shared_->table) health.age = Clock::now() - shared_->taken;
  return health;
}

void PollingProvider::start() {
  {
    const std::lock_guard lock(shared_->mutex);
    if (shared_->health.started) return;
    shared_->health.started = true;
    shared_->running = true;
  }
  base::Result<std::thread> thread = base::quiet_thread("emissions", [shared = shared_] {
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

bool PollingProvider::stop(milliseconds grace) {
  std::unique_lock lock(shared_->mutex);
  shared_->stopping = true;
  shared_->changed.notify_all();
  lock.unlock();
  shared_->service->cancel();
  lock.lock();
  return shared_->changed.wait_for(lock, grace, [&] { return !shared_->running; });
}

}  // namespace ceems::grid
