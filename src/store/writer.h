// Writing the database. What one window of time adds to a cluster is written in one transaction together with
// the mark of how far the cluster has come: a crash at any moment neither loses a window nor counts it twice.
// Thread-safe: calls wait for each other. At most one process may hold a Writer on a file.
#pragma once

#include "base/result.h"
#include "store/mean_weights.h"
#include "store/model.h"
#include "store/time_zone.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ceems::store {

// Where `legacy` and `exact` differ here: the day that a window is added to in daily_usage.
enum class Accounting : std::uint8_t {
  kLegacy,  // the UTC day that the window ends in
  kExact,   // the day of the time zone that the window's last instant is in
};

struct WriterOptions {
  std::string directory{};  // created with mode 0750; the file in it is ceems.db, with mode 0640
  TimeZone time_zone{};
  Accounting accounting = Accounting::kLegacy;
  // If they differ from those of the Writer before, sums over long windows are made anew.
  MeanWeights weights{};
};

// The file that a Writer on that directory writes.
std::string database_path(const std::string& directory);

// The part of a unit's identity that a manager and the database share.
struct UnitKey {
  std::string uuid{};
  std::string started_at{};  // as stored
  friend auto operator<=>(const UnitKey&, const UnitKey&) = default;
};

// A unit that had not ended when it was last seen, or ended not long ago.
struct RunningUnit {
  std::string resource_manager{};
  UnitKey key{};
  std::string name{};
  std::string project{};
  std::string groupname{};
  std::string username{};
  std::string allocation = "{}";
  std::string tags = "{}";
  std::int64_t started_at_ts = 0;
  std::int64_t ended_at_ts = 0;  // 0: it had not
  double walltime_seconds = 0;   // already accounted
};

// Who belongs to what, from one successful question to a manager.
struct Membership {
  std::vector<User> users{};        // cluster_id and last_updated_at are filled in
  std::vector<Project> projects{};  // likewise
  // True: this is everybody; lists are replaced and who is not named is removed. False: lists are merged.
  bool complete = true;
};

// A unit in a window whose query is still owed, with what the window's mean weighs.
struct PendingUnit {
  UnitKey key{};
  std::string project{};
  std::string username{};
  MetricMap times{};  // total_time_seconds of that window
};

struct PendingQuery {
  Metric metric = Metric::kTotalTimeSeconds;
  std::string name{};  // of the sub-metric
  friend auto operator<=>(const PendingQuery&, const PendingQuery&) = default;
};

// Queries over one range of time that failed, for some units.
struct PendingWindow {
  std::int64_t id = 0;  // given by the database
  std::string cluster_id{};
  std::string updater_id{};
  std::int64_t window_end_ms = 0;
  std::int64_t range_start_ms = 0;  // what is asked for: after this,
  std::int64_t range_end_ms = 0;    // up to and including this
  std::string manager{};            // only series of this manager; "" for any
  std::vector<PendingQuery> queries{};
  std::vector<PendingUnit> units{};
  int attempts = 1;
  std::int64_t next_attempt_ms = 0;
  std::string reason{};
};

// What one window adds to one cluster.
struct WindowResult {
  std::string cluster_id{};
  std::string manager{};  // clusters[].manager, for users and projects
  std::int64_t start_ms = 0;
  std::int64_t end_ms = 0;
  // Increments: metrics and total_time_seconds are those of this window alone. Units without uuid are
  // skipped.
  std::vector<Unit> units{};
  std::optional<Membership> membership{};  // absent: not known this time, nothing changes
  std::vector<PendingWindow> pending{};
};

// What a repeated query found: a number for each uuid that had one.
struct LateAnswer {
  PendingQuery query{};
  std::vector<std::pair<std::string, double>> values{};
};

// How a pending window fared this time. Queries neither answered nor abandoned stay pending.
struct PendingOutcome {
  std::int64_t id = 0;
  std::vector<LateAnswer> answers{};
  std::vector<PendingQuery> abandoned{};
  std::int64_t next_attempt_ms = 0;
  std::string reason{};
};

class Writer {
 public:
  // Creates the directory and the file, or upgrades an older database.
  static base::Result<std::unique_ptr<Writer>> open(WriterOptions options);
  virtual ~Writer() = default;

  // Indexes for reading; can take minutes on a large database, once.
  virtual base::Status create_indexes() = 0;

  // A step of making the sums that let readers answer for long windows at once: some milliseconds, most of
  // them the first time. Until it has returned false once, answers are the same but slower. Afterwards each
  // call compares a day's sums with its rows, and a running total with the days that it is of; if they
  // differ, an error says so and the sums are made anew.
  virtual base::Result<bool> advance_rollups() = 0;
  // How often they differed since this Writer was opened.
  virtual std::int64_t rollup_differences() = 0;

  // Where the next window of a cluster starts: where its last one ended; for a new cluster where begin()
  // said, or where the database ends, and in an empty database at `fallback_ms`.
  virtual base::Result<std::int64_t> window_start(std::string_view cluster_id, std::int64_t fallback_ms) = 0;
  // Where the first window of a cluster starts, or started: nothing before that is accounted. It is
  // remembered from the first call on, and moves only to an earlier `fallback_ms`, as long as no window is
  // written. 0 if the cluster was accounted before anybody remembered that.
  virtual base::Result<std::int64_t> begin(std::string_view cluster_id, std::int64_t fallback_ms) = 0;
  // Those that had not ended when they were last seen; with `ended_since_ms` also those that ended after it.
  virtual base::Result<std::vector<RunningUnit>> running_units(
      std::string_view cluster_id, std::optional<std::int64_t> ended_since_ms = std::nullopt) = 0;

  // kInvalid, and nothing is written, if the window does not start where the cluster's last one ended. A row
  // that the database refuses is logged and left out; the rest is written. A unit that another owner is told
  // for is counted on for its first one, everywhere.
  virtual base::Status commit_window(const WindowResult& window) = 0;

  // Pending windows that are due, the longest waiting first.
  virtual base::Result<std::vector<PendingWindow>> due_windows(std::int64_t now_ms, std::size_t limit) = 0;
  virtual base::Result<std::int64_t> count_pending(std::string_view cluster_id) = 0;
  // Adds what was found, once, to units, usage and daily_usage.
  virtual base::Status settle(const PendingOutcome& outcome) = 0;

  // `names` are all administrators that `source` ("ceems", "grafana") knows; others of that source are
  // removed.
  virtual base::Status replace_admins(std::string_view source, const std::vector<std::string>& names,
                                      std::int64_t now_ms) = 0;

  // Deletes what ended before midnight (UTC) `retention_days` days ago: units, usage, daily_usage, and those
  // users and projects that a merged membership still names though none of their units is left.
  virtual base::Status purge(std::int64_t now_ms, std::int64_t retention_days) = 0;

  virtual const std::string& path() const = 0;
};

}  // namespace ceems::store
