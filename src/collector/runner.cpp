#include "collector/runner.h"

#include "base/cpu_clock.h"
#include "base/log.h"

#include <pthread.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>

namespace ceems::collector {

namespace {

using exposition::Emitter;
using exposition::Family;
using exposition::MetricType;

constexpr Family kDuration{"ceems_scrape_collector_duration_seconds", MetricType::kGauge,
                           "Time that the collector took in this scrape, in seconds.",
                           "collector,subcollector"};
constexpr Family kSuccess{"ceems_scrape_collector_success", MetricType::kGauge,
                          "Whether the collector succeeded in this scrape.", "collector"};
constexpr Family kSubSuccess{"ceems_scrape_subcollector_success", MetricType::kGauge,
                             "Whether the part of a collector succeeded in this scrape.",
                             "collector,subcollector"};
constexpr Family kLastSuccess{"ceems_exporter_collector_last_success_timestamp_seconds", MetricType::kGauge,
                              "When the collector last succeeded, in seconds since 1970.", "collector"};
constexpr Family kLateScrapes{
    "ceems_exporter_collector_late_total", MetricType::kCounter,
    "Scrapes that were answered without this collector because it had not finished in time.", "collector"};
constexpr std::array kFamilies{kDuration, kSuccess, kSubSuccess, kLastSuccess, kLateScrapes};

// A collector that has not finished after this time does not hold up those behind it.
constexpr std::chrono::milliseconds kPatience{250};

enum class Phase : std::uint8_t { kIdle, kPending, kRunning, kDone };
enum class Health : std::uint8_t { kUnknown, kGood, kNoData, kFailed, kLate };

}  // namespace

struct CollectorRunner::Slot {
  explicit Slot(std::unique_ptr<Collector> owned)
      : collector(std::move(owned)),
        name(collector->name()),
        labels(exposition::render_labels({{"collector", name}})),
        log(base::Logger().with("collector", name)) {}

  const std::unique_ptr<Collector> collector;
  const std::string name;
  const std::string labels;
  const base::Logger log;

  // Guarded by Shared::mutex; `status` and `finished` belong to the runner's own thread while kDone.
  Phase phase = Phase::kIdle;
  Clock::time_point started;
  Clock::time_point finished;
  base::Status status;

  // The runner's own thread only: how the last scrape went.
  bool done = false;
  Health health = Health::kUnknown;
  double seconds = 0;
  double last_success = 0;  // UTC seconds; 0: never
  std::uint64_t late = 0;
};

struct CollectorRunner::Shared {
  std::vector<std::unique_ptr<Slot>> slots;

  std::mutex mutex;  // guards what follows
  std::condition_variable work_to_do;
  std::condition_variable progress;
  ScrapeContext context;
  bool scraping = false;
  bool stopping = false;
  std::size_t pending = 0;
  std::size_t running = 0;  // of this scrape
  std::size_t workers = 0;
  std::size_t idle_workers = 0;
  Clock::time_point last_start;
  std::uint64_t scrape = 0;
  std::chrono::nanoseconds cpu_time{0};
};

CollectorRunner::CollectorRunner(std::vector<std::unique_ptr<Collector>> collectors)
    : shared_(std::make_shared<Shared>()) {
  for (std::unique_ptr<Collector>& collector : collectors)
    shared_->slots.push_back(std::make_unique<Slot>(std::move(collector)));
}

CollectorRunner::~CollectorRunner() {
  stop(std::chrono::milliseconds(0));
}

// The body of a worker thread: takes what is pending, one at a time.
void CollectorRunner::work(const std::shared_ptr<Shared>& shared) {
  ::pthread_setname_np(::pthread_self(), "collector");
  std::unique_lock lock(shared->mutex);
  while (!shared->stopping) {
    if (shared->pending == 0) {
      if (shared->idle_workers > 0) break;  // one is enough to wait for the next scrape
      ++shared->idle_workers;
      shared->work_to_do.wait(lock, [&] { return shared->pending > 0 || shared->stopping; });
      --shared->idle_workers;
      continue;
    }
    const auto next =
        std::ranges::find(shared->slots, Phase::kPending, [](const auto& s) { return s->phase; });
    Slot& slot = **next;
    slot.phase = Phase::kRunning;
    slot.started = shared->last_start = Clock::now();
    --shared->pending;
    ++shared->running;
    const std::uint64_t scrape = shared->scrape;
    const ScrapeContext context = shared->context;
    lock.unlock();

    const auto cpu_before = base::thread_cpu_time();
    base::Status status = slot.collector->collect(context);
    const auto cpu_used = base::thread_cpu_time() - cpu_before;

    lock.lock();
    shared->cpu_time += cpu_used;
    slot.finished = Clock::now();
    if (shared->scraping && scrape == shared->scrape) {
      slot.status = std::move(status);
      slot.phase = Phase::kDone;
      --shared->running;
    } else {
      slot.phase = Phase::kIdle;  // too late: nobody waits for it any more
    }
    if (shared->pending + shared->running == 0) shared->progress.notify_all();
  }
  --shared->workers;
  shared->progress.notify_all();
}

// With the mutex held.
bool CollectorRunner::add_worker() {
  try {
    std::thread([shared = shared_] { work(shared); }).detach();
  } catch (const std::system_error& error) {
    base::Logger().error("cannot start a thread for collectors", {{"err", error.what()}});
    return false;
  }
  ++shared_->workers;
  return true;
}

void CollectorRunner::collect(Clock::time_point deadline) {
  Shared& shared = *shared_;
  std::unique_lock lock(shared.mutex);
  const Clock::time_point begin = Clock::now();
  shared.context.deadline = deadline;
  shared.scraping = true;
  shared.last_start = begin;
  ++shared.scrape;
  for (const auto& slot : shared.slots) {
    if (slot->phase == Phase::kRunning) continue;
    slot->phase = Phase::kPending;
    ++shared.pending;
  }
  const auto share = (deadline - begin) / static_cast<int>(std::max<std::size_t>(shared.slots.size(), 1));
  const Clock::duration patience = std::min<Clock::duration>(share, kPatience);
  bool can_add = shared.pending > 0;
  if (shared.idle_workers > 0) {
    shared.work_to_do.notify_one();
  } else if (can_add) {
    can_add = add_worker();
  }
  while (shared.pending + shared.running > 0) {
    const Clock::time_point now = Clock::now();
    if (now >= shared.context.deadline || shared.workers == 0) break;
    Clock::time_point wake = shared.context.deadline;
    if (can_add && shared.pending > 0) {
      if (now >= shared.last_start + patience) {
        shared.last_start = now;
        can_add = add_worker();
        continue;
      }
      wake = std::min(wake, shared.last_start + patience);
    }
    shared.progress.wait_until(lock, wake);
  }
  shared.scraping = false;
  shared.pending = 0;
  shared.running = 0;
  for (const auto& slot : shared.slots) {
    slot->done = slot->phase == Phase::kDone;
    const bool running = slot->phase == Phase::kRunning;
    const Clock::time_point until = running ? Clock::now() : slot->finished;
    const bool ran = running || slot->done;
    slot->seconds = ran ? std::chrono::duration<double>(until - slot->started).count() : 0;
    if (slot->phase == Phase::kPending) slot->phase = Phase::kIdle;
  }
  lock.unlock();
  for (const auto& slot : shared.slots)
    report(*slot);
}

void CollectorRunner::hurry(Clock::time_point deadline) {
  const std::lock_guard lock(shared_->mutex);
  if (!shared_->scraping || deadline >= shared_->context.deadline) return;
  shared_->context.deadline = deadline;
  shared_->progress.notify_all();
}

// Remembers how the collector did, and logs it if that has changed.
void CollectorRunner::report(Slot& slot) {
  Health health = Health::kGood;
  if (!slot.done) {
    health = Health::kLate;
    ++slot.late;
  } else if (!slot.status) {
    health = slot.status.error().code == base::ErrorCode::kNoData ? Health::kNoData : Health::kFailed;
  }
  const auto says_it_failed = [&slot](const Outcome& outcome) {
    return outcome.collector == slot.name && outcome.subcollector.empty() && !outcome.success;
  };
  if (health == Health::kGood && std::ranges::none_of(slot.collector->outcomes(), says_it_failed)) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    slot.last_success = std::chrono::duration<double>(now).count();
  }
  const Health before = std::exchange(slot.health, health);
  if (health == before) return;
  switch (health) {
    case Health::kUnknown:
      break;
    case Health::kGood:
      if (before != Health::kUnknown) slot.log.info("collector works again");
      break;
    case Health::kNoData:
      slot.log.debug("collector has no data", {{"err", slot.status.error()}});
      break;
    case Health::kFailed:
      slot.log.error("collector failed", {{"err", slot.status.error()}});
      break;
    case Health::kLate:
      slot.log.error("collector did not finish in time", {{"duration_seconds", slot.seconds}});
      break;
  }
}

void CollectorRunner::emit(Emitter& emitter) {
  for (const auto& slot : shared_->slots) {
    if (slot->done && slot->status) slot->collector->emit(emitter);
  }
  emit_outcomes(emitter);
  emitter.begin(kLateScrapes);
  for (const auto& slot : shared_->slots)
    emitter.sample(slot->labels, slot->late);
  emitter.begin(kLastSuccess);
  for (const auto& slot : shared_->slots) {
    if (slot->last_success != 0) emitter.sample(slot->labels, slot->last_success);
  }
}

void CollectorRunner::emit_outcomes(Emitter& emitter) const {
  std::vector<Outcome> outcomes;
  for (const auto& slot : shared_->slots) {
    bool reports_itself = false;
    const std::span<const Outcome> own =
        slot->done ? slot->collector->outcomes() : std::span<const Outcome>();
    for (const Outcome& outcome : own) {
      outcomes.push_back(outcome);
      reports_itself = reports_itself || (outcome.collector == slot->name && outcome.subcollector.empty());
    }
    if (reports_itself) continue;
    outcomes.push_back({slot->name, "", slot->seconds, slot->health == Health::kGood});
    for (const std::string_view other : slot->collector->names()) {
      if (other != slot->name) outcomes.push_back({std::string(other), "", slot->seconds, false});
    }
  }
  emitter.begin(kDuration);
  for (const Outcome& outcome : outcomes)
    emitter.sample({{"collector", outcome.collector}, {"subcollector", outcome.subcollector}},
                   outcome.seconds);
  emitter.begin(kSuccess);
  for (const Outcome& outcome : outcomes) {
    if (outcome.subcollector.empty())
      emitter.sample({{"collector", outcome.collector}}, outcome.success ? 1 : 0);
  }
  emitter.begin(kSubSuccess);
  for (const Outcome& outcome : outcomes) {
    if (outcome.subcollector.empty()) continue;
    emitter.sample({{"collector", outcome.collector}, {"subcollector", outcome.subcollector}},
                   outcome.success ? 1 : 0);
  }
}

std::span<const Family> CollectorRunner::families() const {
  return kFamilies;
}

std::chrono::nanoseconds CollectorRunner::cpu_time() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->cpu_time;
}

bool CollectorRunner::stop(std::chrono::milliseconds grace) {
  if (std::exchange(stopped_, true)) return true;
  Shared& shared = *shared_;
  std::unique_lock lock(shared.mutex);
  shared.stopping = true;
  shared.work_to_do.notify_all();
  shared.progress.wait_for(lock, grace, [&] { return shared.workers == 0; });
  const auto is_running = [](const auto& slot) { return slot->phase == Phase::kRunning; };
  bool stuck = std::ranges::any_of(shared.slots, is_running);
  // Threads that are not in a collector end at once.
  if (!stuck) shared.progress.wait(lock, [&] { return shared.workers == 0; });
  for (const auto& slot : shared.slots) {
    if (is_running(slot)) {
      slot->log.warn("collector is still busy and is left behind");
      continue;
    }
    lock.unlock();
    slot->collector->stop();
    const bool left_behind = slot->collector->left_thread_behind();
    if (left_behind) slot->log.warn("a thread is still busy and is left behind");
    lock.lock();
    stuck = stuck || left_behind;
  }
  return !stuck;
}

}  // namespace ceems::collector
