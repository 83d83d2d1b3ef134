#include "api/self_metrics.h"

#include "exposition/emitter.h"
#include "exposition/page.h"
#include "program/build_info.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>

namespace ceems::api {

namespace {

using exposition::Emitter;
using exposition::Family;
using enum exposition::MetricType;

constexpr Family kBuildInfo = program::build_info_family("ceems_api_server_build_info");
constexpr Family kLastSuccess{"ceems_api_server_last_update_success_timestamp_seconds", kGauge,
                              "When a window of the cluster was last written; 0: not since the start.",
                              "cluster"};
constexpr Family kAccountedUntil{"ceems_api_server_accounted_until_timestamp_seconds", kGauge,
                                 "End of the last window that was written for the cluster; 0: none yet.",
                                 "cluster"};
constexpr Family kFailuresInARow{"ceems_api_server_update_failures_in_a_row", kGauge,
                                 "Updates of the cluster that failed since the last one that did not.",
                                 "cluster"};
constexpr Family kUpdates{"ceems_api_server_updates_total", kCounter,
                          "Updates of the cluster, successful or not.", "cluster"};
constexpr Family kFailures{"ceems_api_server_update_failures_total", kCounter,
                           "Updates of the cluster that failed.", "cluster"};
constexpr Family kDuration{"ceems_api_server_last_update_duration_seconds", kGauge,
                           "How long the last update of the cluster took.", "cluster"};
constexpr Family kPending{"ceems_api_server_pending_windows", kGauge,
                          "Windows of the cluster whose queries failed and will be repeated.", "cluster"};
constexpr Family kLastBackup{"ceems_api_server_last_backup_timestamp_seconds", kGauge,
                             "When the newest backup was made; 0: there is none.", ""};
constexpr Family kBackupFailures{"ceems_api_server_backup_failures_total", kCounter, "Backups that failed.",
                                 ""};
constexpr Family kLastGrafana{"ceems_api_server_last_grafana_success_timestamp_seconds", kGauge,
                              "When all teams of Grafana answered last; 0: not since the start.", ""};
constexpr Family kGrafanaFailures{"ceems_api_server_grafana_failures_total", kCounter,
                                  "Times that a team of Grafana could not be asked.", ""};
constexpr Family kRollupDifferences{"ceems_api_server_rollup_differences_total", kCounter,
                                    "Times that sums for usage and statistics were found to differ from the "
                                    "rows that they stand for, and were made anew.",
                                    ""};
constexpr Family kDatabaseBytes{"ceems_api_server_database_bytes", kGauge,
                                "Size of the database's files: main, and wal for its write-ahead log.",
                                "file"};
constexpr Family kRequests{"ceems_api_server_requests_total", kCounter, "Requests that were answered.",
                           "code,route"};
constexpr Family kRequestSeconds{"ceems_api_server_request_seconds_total", kCounter,
                                 "Time in handlers, without what was streamed after they returned.", "route"};
constexpr std::array kFamilies{kBuildInfo,         kLastSuccess,    kAccountedUntil, kFailuresInARow,
                               kUpdates,           kFailures,       kDuration,       kPending,
                               kLastBackup,        kBackupFailures, kLastGrafana,    kGrafanaFailures,
                               kRollupDifferences, kDatabaseBytes,  kRequests,       kRequestSeconds};

double seconds(std::int64_t ms) {
  return static_cast<double>(ms) / 1'000;
}

void emit_build_info(Emitter& emitter) {
  emitter.begin(kBuildInfo);
  emitter.sample(program::build_info_labels(), 1);
}

template <class Value>
void emit_clusters(Emitter& emitter, const Family& family, const std::vector<update::ClusterState>& clusters,
                   Value value) {
  emitter.begin(family);
  for (const update::ClusterState& cluster : clusters)
    emitter.sample({{"cluster", cluster.id}}, value(cluster));
}

void emit(Emitter& emitter, const Family& family, double value) {
  emitter.begin(family);
  emitter.sample({}, value);
}

void emit_housekeeping(Emitter& emitter, const update::HousekeepingState& state) {
  if (state.makes_backups) {
    emit(emitter, kLastBackup, seconds(state.last_backup_ms));
    emit(emitter, kBackupFailures, static_cast<double>(state.backup_failures));
  }
  if (state.asks_grafana) {
    emit(emitter, kLastGrafana, seconds(state.last_grafana_success_ms));
    emit(emitter, kGrafanaFailures, static_cast<double>(state.grafana_failures));
  }
  emit(emitter, kRollupDifferences, static_cast<double>(state.rollup_differences));
}

void emit_sizes(Emitter& emitter, const std::string& database) {
  emitter.begin(kDatabaseBytes);
  for (const auto& [file, suffix] : {std::pair{"main", ""}, std::pair{"wal", "-wal"}}) {
    struct stat status{};
    if (::stat((database + suffix).c_str(), &status) == 0)
      emitter.sample({{"file", file}}, static_cast<double>(status.st_size));
  }
}

}  // namespace

void SelfMetrics::count_request(std::string_view route, int status, std::chrono::nanoseconds duration) {
  const std::lock_guard lock(mutex_);
  ++requests_[{std::string(route), status}];
  durations_[std::string(route)] += duration;
}

std::string SelfMetrics::page(const Subjects& subjects) const {
  std::vector<update::ClusterState> clusters = subjects.clusters;
  std::ranges::sort(clusters, {}, &update::ClusterState::id);
  Emitter emitter;
  emit_build_info(emitter);
  emit_clusters(emitter, kLastSuccess, clusters,
                [](const auto& cluster) { return seconds(cluster.last_success_ms); });
  emit_clusters(emitter, kAccountedUntil, clusters,
                [](const auto& cluster) { return seconds(cluster.window_end_ms); });
  emit_clusters(emitter, kFailuresInARow, clusters,
                [](const auto& cluster) { return static_cast<double>(cluster.failures_in_a_row); });
  emit_clusters(emitter, kUpdates, clusters,
                [](const auto& cluster) { return static_cast<double>(cluster.updates); });
  emit_clusters(emitter, kFailures, clusters,
                [](const auto& cluster) { return static_cast<double>(cluster.failures); });
  emit_clusters(emitter, kDuration, clusters,
                [](const auto& cluster) { return cluster.last_duration_seconds; });
  emit_clusters(emitter, kPending, clusters,
                [](const auto& cluster) { return static_cast<double>(cluster.pending_windows); });
  emit_housekeeping(emitter, subjects.housekeeping);
  if (!subjects.database.empty()) emit_sizes(emitter, subjects.database);
  {
    const std::lock_guard lock(mutex_);
    emitter.begin(kRequests);
    for (const auto& [key, count] : requests_) {
      emitter.sample({{"code", std::to_string(key.second)}, {"route", key.first}},
                     static_cast<double>(count));
    }
    emitter.begin(kRequestSeconds);
    for (const auto& [route, duration] : durations_)
      emitter.sample({{"route", route}}, std::chrono::duration<double>(duration).count());
  }
  std::string text;
  exposition::PageBuilder().build(emitter, text);
  return text;
}

std::span<const Family> SelfMetrics::families() {
  return kFamilies;
}

}  // namespace ceems::api
