#include "update/service.h"

#include "base/log.h"
#include "manager/registry.h"
#include "store/backup.h"
#include "update/clocks.h"
#include "update/cluster_cycle.h"
#include "update/grafana.h"
#include "update/pending_cycle.h"
#include "update/tsdb_updater.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

namespace ceems::update {

namespace {

using std::chrono::steady_clock;

// What was measured up to a moment is in the TSDB only a little later: scrapes take time, rules are evaluated
// after them.
constexpr Milliseconds kSettling{5'000};
// Between two windows of a long stretch, so that the TSDB can serve others.
constexpr Milliseconds kPause{1'000};

TimePoint wall_clock() {
  return std::chrono::floor<Milliseconds>(std::chrono::system_clock::now());
}

// Waits until then, or until told to stop; false if so.
bool wait_until(const std::stop_token& stop, steady_clock::time_point then) {
  std::mutex mutex;
  std::condition_variable_any nobody;
  std::unique_lock lock(mutex);
  nobody.wait_until(lock, stop, then, [] { return false; });
  return !stop.stop_requested();
}

class UpdateService final : public Service {
 public:
  UpdateService(Settings settings, ServiceOptions options, std::unique_ptr<store::Writer> writer)
      : settings_(std::move(settings)), options_(std::move(options)), writer_(std::move(writer)) {}
  ~UpdateService() override { stop_threads(); }

  base::Status build();

  void start() override;
  void stop() override { stop_threads(); }
  std::vector<ClusterState> state() const override;
  HousekeepingState housekeeping() const override;

 private:
  void stop_threads();
  void run_updates(const std::stop_token& stop);
  void run_backups(const std::stop_token& stop);
  void run_rollups(const std::stop_token& stop);
  void run_grafana(const std::stop_token& stop);
  void make_backup(const store::BackupOptions& options, const std::stop_token& stop);
  base::Status write_administrators(std::int64_t now_ms);
  void tick(const std::stop_token& stop);
  void update_cluster(ClusterCycle& cluster, ClusterState& state, TimePoint now, const std::stop_token& stop);
  void note(ClusterCycle& cluster, ClusterState& state, const base::Status& status, TimePoint now);
  base::Status build_cluster(const manager::ClusterSettings& cluster);

  Settings settings_;
  ServiceOptions options_;
  std::unique_ptr<store::Writer> writer_;
  std::map<std::string, std::unique_ptr<tsdb::Client>> clients_;  // by updater
  std::map<std::string, std::unique_ptr<Updater>> updaters_;      // by id; inert ones are not in it
  std::vector<std::unique_ptr<ClusterCycle>> clusters_;
  Clocks clocks_{wall_clock};  // touched by the thread of updates only
  mutable std::mutex mutex_;
  std::vector<ClusterState> states_;       // as clusters_; guarded by mutex_
  HousekeepingState housekeeping_;         // guarded by mutex_
  std::unique_ptr<GrafanaTeams> grafana_;  // touched by its thread only, but for cancel()
  std::mutex administrators_mutex_;        // keeps the writes of all sources together
  // What Grafana said; absent while that is not known. Guarded by administrators_mutex_.
  std::optional<std::vector<std::string>> grafana_logins_;
  std::jthread updates_;
  std::jthread backups_;
  std::jthread rollups_;
  std::jthread grafana_thread_;
};

base::Status UpdateService::build() {
  for (const UpdaterSettings& updater : settings_.updaters) {
    if (updater.web.url.empty()) {
      base::Logger().warn("an updater without web.url does nothing", {{"updater", updater.id}});
      continue;
    }
    auto client = tsdb::Client::create({.web = updater.web,
                                        .query_timeout = updater.tsdb.query_timeout,
                                        .scrape_interval = updater.tsdb.scrape_interval,
                                        .evaluation_interval = updater.tsdb.evaluation_interval});
    if (!client) return base::wrap(std::move(client).error(), "updater " + updater.id);
    CEEMS_TRY(auto made, make_tsdb_updater(updater, **client));
    clients_.emplace(updater.id, *std::move(client));
    updaters_.emplace(updater.id, std::move(made));
  }
  if (options_.grafana.asks()) {
    CEEMS_TRY(grafana_, GrafanaTeams::create(options_.grafana));
  } else {
    // Whom earlier settings made an administrator is none any longer.
    grafana_logins_.emplace();
  }
  housekeeping_.asks_grafana = options_.grafana.asks();
  housekeeping_.makes_backups = settings_.data.makes_backups();
  if (settings_.clusters.empty())
    base::Logger().warn("no clusters are configured: there is nothing to account");
  for (const manager::ClusterSettings& cluster : settings_.clusters)
    CEEMS_TRY_VOID(build_cluster(cluster));
  return {};
}

base::Status UpdateService::build_cluster(const manager::ClusterSettings& cluster) {
  tsdb::Client* first_tsdb = nullptr;
  std::vector<Updater*> updaters;
  for (const std::string& id : cluster.updaters) {
    const auto updater = updaters_.find(id);
    if (updater == updaters_.end()) continue;
    updaters.push_back(updater->second.get());
    if (first_tsdb == nullptr) first_tsdb = clients_.at(id).get();
  }
  CEEMS_TRY(auto manager, manager::make_manager(cluster, first_tsdb));
  const DataSettings& data = settings_.data;
  clusters_.push_back(std::make_unique<ClusterCycle>(cluster, std::move(manager), std::move(updaters),
                                                     *writer_,
                                                     CycleSettings{.max_window = data.max_update_interval,
                                                                   .update_from_ms = data.update_from_ms,
                                                                   .time_zone = data.time_zone,
                                                                   .accounting = data.accounting}));
  states_.push_back({.id = cluster.id, .manager = cluster.manager});
  return {};
}

void UpdateService::start() {
  updates_ = std::jthread([this](const std::stop_token& stop) { run_updates(stop); });
  rollups_ = std::jthread([this](const std::stop_token& stop) { run_rollups(stop); });
  if (settings_.data.makes_backups())
    backups_ = std::jthread([this](const std::stop_token& stop) { run_backups(stop); });
  if (grafana_) grafana_thread_ = std::jthread([this](const std::stop_token& stop) { run_grafana(stop); });
}

void UpdateService::stop_threads() {
  updates_.request_stop();
  backups_.request_stop();
  rollups_.request_stop();
  grafana_thread_.request_stop();
  if (grafana_) grafana_->cancel();
  for (const auto& cluster : clusters_)
    cluster->cancel();
  for (const auto& [id, client] : clients_)
    client->cancel();
  if (updates_.joinable()) updates_.join();
  if (backups_.joinable()) backups_.join();
  if (rollups_.joinable()) rollups_.join();
  if (grafana_thread_.joinable()) grafana_thread_.join();
}

std::vector<ClusterState> UpdateService::state() const {
  const std::lock_guard lock(mutex_);
  return states_;
}

HousekeepingState UpdateService::housekeeping() const {
  const std::lock_guard lock(mutex_);
  return housekeeping_;
}

void UpdateService::run_updates(const std::stop_token& stop) {
  auto next = steady_clock::now();
  do {
    tick(stop);
    // Ticks that were missed meanwhile are one.
    next = std::max(next + settings_.data.update_interval, steady_clock::now());
  } while (wait_until(stop, next));
}

void UpdateService::tick(const std::stop_token& stop) {
  for (const auto& [id, client] : clients_)
    clocks_.compare(id, *client);
  const TimePoint now = clocks_.present();
  const auto report = [](std::string_view what, const base::Status& status) {
    if (!status && status.error().code != base::ErrorCode::kCancelled)
      base::Logger().error(what, {{"error", status.error()}});
  };
  report("administrators cannot be written", write_administrators(now.time_since_epoch().count()));
  report("indexes cannot be made", writer_->create_indexes());
  if (!options_.keep_expired)
    report("expired rows cannot be deleted",
           writer_->purge(now.time_since_epoch().count(), settings_.data.retention_days()));
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < clusters_.size(); ++i)
      threads.emplace_back([this, i, &stop, present = clocks_.present(settings_.clusters[i].updaters)] {
        update_cluster(*clusters_[i], states_[i], present, stop);
      });
  }
  std::vector<Updater*> updaters;
  for (const auto& [id, updater] : updaters_)
    updaters.push_back(updater.get());
  report("what earlier windows owe cannot be asked again",
         ask_again(*writer_, updaters, now, [&stop] { return !stop.stop_requested(); }));
  for (std::size_t i = 0; i < clusters_.size(); ++i) {
    const auto pending = writer_->count_pending(clusters_[i]->id());
    const std::lock_guard lock(mutex_);
    if (pending) states_[i].pending_windows = *pending;
  }
}

void UpdateService::update_cluster(ClusterCycle& cluster, ClusterState& state, TimePoint now,
                                   const std::stop_token& stop) {
  const auto pause = [&stop] { return wait_until(stop, steady_clock::now() + kPause); };
  const auto begin = steady_clock::now();
  const base::Status status = cluster.catch_up(now - kSettling, pause);
  {
    const std::lock_guard lock(mutex_);
    ++state.updates;
    state.last_duration_seconds = std::chrono::duration<double>(steady_clock::now() - begin).count();
  }
  note(cluster, state, status, now);
}

void UpdateService::note(ClusterCycle& cluster, ClusterState& state, const base::Status& status,
                         TimePoint now) {
  const auto end = writer_->window_start(cluster.id(), 0);
  const std::lock_guard lock(mutex_);
  if (end) state.window_end_ms = *end;
  if (status) {
    if (state.failures_in_a_row > 0)
      base::Logger().info("the cluster is up to date again", {{"cluster", state.id}});
    state.last_success_ms = now.time_since_epoch().count();
    state.failures_in_a_row = 0;
    state.last_error.clear();
    return;
  }
  if (status.error().code == base::ErrorCode::kCancelled) return;
  ++state.failures;
  ++state.failures_in_a_row;
  state.last_error = status.error().text();
  base::Logger().error("the cluster could not be updated; it will catch up later",
                       {{"cluster", state.id}, {"error", status.error()}});
}

base::Status UpdateService::write_administrators(std::int64_t now_ms) {
  const std::lock_guard lock(administrators_mutex_);
  // First the configuration's: who leaves the team stays an administrator if the configuration names him.
  CEEMS_TRY_VOID(writer_->replace_admins("ceems", options_.administrators, now_ms));
  if (!grafana_logins_) return {};
  return writer_->replace_admins("grafana", *grafana_logins_, now_ms);
}

void UpdateService::run_grafana(const std::stop_token& stop) {
  do {
    GrafanaTeams::Answer answer = grafana_->ask();
    if (stop.stop_requested()) return;
    for (const base::Error& failure : answer.failures)
      base::Logger().error("a team of Grafana cannot be asked: its administrators stay as they were",
                           {{"error", failure}});
    const std::int64_t now_ms = wall_clock().time_since_epoch().count();
    {
      const std::lock_guard lock(mutex_);
      if (answer.failures.empty()) {
        housekeeping_.last_grafana_success_ms = now_ms;
      } else {
        ++housekeeping_.grafana_failures;
      }
    }
    if (!answer.complete) continue;
    {
      const std::lock_guard lock(administrators_mutex_);
      grafana_logins_ = std::move(answer.logins);
    }
    if (const auto status = write_administrators(now_ms); !status)
      base::Logger().error("administrators cannot be written", {{"error", status.error()}});
  } while (wait_until(stop, steady_clock::now() + settings_.data.update_interval));
}

void UpdateService::run_rollups(const std::stop_token& stop) {
  // Between two steps, so that an update gets its turn.
  constexpr std::chrono::milliseconds kBreath{5};
  constexpr std::chrono::minutes kRest{1};
  bool building = false;
  auto begin = steady_clock::now();
  for (bool stopped = false; !stopped;) {
    const auto more = writer_->advance_rollups();
    {
      const std::int64_t differences = writer_->rollup_differences();
      const std::lock_guard lock(mutex_);
      housekeeping_.rollup_differences = differences;
    }
    if (!more) {
      base::Logger().warn("sums for usage and statistics cannot be made; answers are slower until they can",
                          {{"error", more.error()}});
    } else if (*more && !building) {
      begin = steady_clock::now();
    } else if (!*more && building) {
      base::Logger().info("sums for usage and statistics are made",
                          {{"seconds", std::chrono::duration<double>(steady_clock::now() - begin).count()}});
    }
    building = more && *more;
    stopped = !wait_until(stop, steady_clock::now() + (building ? kBreath : kRest));
  }
}

void UpdateService::make_backup(const store::BackupOptions& options, const std::stop_token& stop) {
  const std::int64_t now_ms = wall_clock().time_since_epoch().count();
  const auto path = store::back_up(options, now_ms, stop);
  const std::lock_guard lock(mutex_);
  if (path) {
    housekeeping_.last_backup_ms = now_ms;
    base::Logger().info("made a backup", {{"file", *path}});
  } else if (path.error().code != base::ErrorCode::kCancelled) {
    ++housekeeping_.backup_failures;
    base::Logger().error("the backup failed", {{"error", path.error()}});
  }
}

void UpdateService::run_backups(const std::stop_token& stop) {
  const store::BackupOptions options{.database = writer_->path(),
                                     .directory = settings_.data.backup_path,
                                     .time_zone = settings_.data.time_zone,
                                     .keep = settings_.data.backups_kept};
  const std::int64_t newest_ms = store::newest_backup(options).value_or(0);
  {
    const std::lock_guard lock(mutex_);
    housekeeping_.last_backup_ms = newest_ms;
  }
  // A server that starts again and again makes them all the same. A clock that was set back delays the next
  // by no more than the interval.
  const auto interval = settings_.data.backup_interval;
  const Milliseconds age(wall_clock().time_since_epoch().count() - newest_ms);
  Milliseconds wait = std::clamp(interval - age, Milliseconds(0), interval);
  while (wait_until(stop, steady_clock::now() + wait)) {
    make_backup(options, stop);
    wait = interval;
  }
}

}  // namespace

base::Result<std::unique_ptr<Service>> Service::create(Settings settings, ServiceOptions options) {
  CEEMS_TRY(auto writer, store::Writer::open({.directory = settings.data.path,
                                              .time_zone = settings.data.time_zone,
                                              .accounting = settings.data.accounting,
                                              .weights = settings.data.weights}));
  auto service = std::make_unique<UpdateService>(std::move(settings), std::move(options), std::move(writer));
  CEEMS_TRY_VOID(service->build());
  return service;
}

}  // namespace ceems::update
