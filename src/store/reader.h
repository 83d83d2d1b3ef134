// Reading the database: named operations, each a short read of its own. Nothing here keeps a lock or a
// transaction between calls, so a slow consumer disturbs nobody. Thread-safe: every call borrows a read-only
// connection of its own from a pool. A column that is NULL reads as its empty value; a map or list that is
// not valid JSON reads as empty and is reported once in the log.
#pragma once

#include "base/result.h"
#include "store/model.h"
#include "store/time_zone.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::store {

struct ReaderOptions {
  std::string path{};  // of the database file
  TimeZone time_zone{};
  std::chrono::milliseconds busy_timeout{5'000};
  std::size_t idle_connections = 8;  // more are opened when needed and closed after use
};

// Every list that is empty restricts nothing; all others must match (AND).
struct UnitQuery {
  std::vector<std::string> clusters{};
  std::vector<Owner> owners{};
  std::vector<std::string> projects{};
  std::vector<std::string> uuids{};
  std::optional<TimeRange> ended{};  // units that ended in it; absent: no restriction in time
  bool running = false;              // with `ended`: also those that still run
  UnitFields fields = UnitFields().set();
  std::optional<std::uint64_t> limit{};
  std::uint64_t offset = 0;
};

// Walks the result in pages. One thread at a time; must not outlive its Reader.
class UnitCursor {
 public:
  virtual ~UnitCursor() = default;
  // The next rows (at most a few hundred), in order of cluster and uuid; empty at the end. Fields that were
  // not selected are empty. Memory does not depend on the size of the result.
  virtual base::Result<std::vector<Unit>> next() = 0;
};

// A row of usage, ready to be written. The texts live until the next row.
struct UsageText {
  std::string_view cluster_id{};
  std::string_view resource_manager{};
  std::int64_t num_units = 0;
  std::string_view project{};
  std::string_view groupname{};
  std::string_view username{};
  // By Metric: an object as append_json() writes it, "" where there is nothing in it.
  std::array<std::string_view, kMetricCount> metrics{};
};

// Walks a result of usage in pages; likewise.
class UsageCursor {
 public:
  virtual ~UsageCursor() = default;
  // Calls `each` for the next rows (at most a few hundred), in order of cluster, user and project. False:
  // there were none left.
  virtual base::Result<bool> next(const std::function<void(const UsageText&)>& each) = 0;
};
// All of it, for those who know that it is not much.
base::Result<std::vector<Usage>> read_all(base::Result<std::unique_ptr<UsageCursor>> cursor);

struct UsageQuery {
  std::vector<std::string> clusters{};  // empty: all
  std::vector<std::string> projects{};  // empty: all
  // Only rows of these projects; absent: of all. An empty list matches nothing.
  std::optional<std::vector<ProjectKey>> membership{};
  UsageFields fields = UsageFields().set();
};

enum class UsageSource : std::uint8_t {
  kUnits,       // whole units that were touched in the window
  kDailyUsage,  // days whose bucket is in the window
};

struct CurrentUsageQuery {
  UsageQuery rows{};
  TimeRange window{};  // of the last update
  UsageSource source = UsageSource::kUnits;
  bool terminated_only = false;        // kUnits only
  std::vector<UsageField> group_by{};  // beside username and project: cluster, manager, group
};

struct NameQuery {
  std::vector<std::string> names{};     // empty: all
  std::vector<std::string> clusters{};  // empty: all
};

struct ProjectQuery {
  std::vector<std::string> names{};                     // empty: all
  std::vector<std::string> clusters{};                  // empty: all
  std::optional<std::vector<ProjectKey>> membership{};  // absent: all; an empty list matches nothing
};

// The time of one unit, whoever's it is.
struct UnitRun {
  std::string uuid{};
  std::string project{};
  std::int64_t from_ms = 0;  // its start; where it has not started, when it was created
  std::int64_t to_ms = 0;    // the largest value there is while it has not ended
};

class Reader {
 public:
  // The file need not exist yet: calls fail with kUnavailable until it does.
  static base::Result<std::unique_ptr<Reader>> create(ReaderOptions options);
  virtual ~Reader() = default;

  virtual base::Status ping() = 0;
  // When the database was last written to, by the time stamps of its files. kNotFound without one.
  virtual base::Result<std::chrono::system_clock::time_point> last_write() const = 0;

  // Units that are not ignored.
  virtual base::Result<std::unique_ptr<UnitCursor>> units(UnitQuery query) = 0;
  // Those of `uuids` that belong, on one of `clusters`, to one of `projects`. Distinct, sorted.
  virtual base::Result<std::vector<std::string>> owned_uuids(const std::vector<std::string>& uuids,
                                                             const std::vector<std::string>& clusters,
                                                             const std::vector<ProjectKey>& projects) = 0;

  // Every run of these ids on that cluster, ignored units included, in order of id and start.
  virtual base::Result<std::vector<UnitRun>> runs_of(const std::string& cluster_id,
                                                     const std::vector<std::string>& uuids) = 0;
  // The ids of units of these projects on that cluster that ran at some time of the window (both ends
  // included). Distinct, sorted. kTooLarge with more than `limit`, and where too many rows would have to be
  // looked at: the cost grows with the number of the projects' units that run, ended in the window or the day
  // after it, or ran for more than a day and ended later; not with the size of the database.
  virtual base::Result<std::vector<std::string>> ids_in(const std::string& cluster_id,
                                                        const std::vector<std::string>& projects,
                                                        const TimeRange& window, std::size_t limit) = 0;

  // Ordered by cluster and name.
  virtual base::Result<std::vector<User>> users(const NameQuery& query) = 0;
  virtual base::Result<std::vector<Project>> projects(const ProjectQuery& query) = 0;
  virtual base::Result<std::vector<User>> admin_users() = 0;
  virtual base::Result<bool> is_admin(std::string_view user) = 0;
  // The projects that list any of `users` as a member. Distinct, sorted.
  virtual base::Result<std::vector<ProjectKey>> projects_of(const std::vector<std::string>& users) = 0;

  // What the life of the database added up.
  virtual base::Result<std::unique_ptr<UsageCursor>> global_usage(UsageQuery query) = 0;
  // Added up over a window, exactly; a mean is weighted over the rows that have the key. Columns that are not
  // grouped by show the first of the group's rows, in order of cluster, manager and group. The first call
  // does the work, in a read of its own; its cost does not depend on the length of the window where the
  // rollups reach (see Writer::advance_rollups). The cursor holds about a kilobyte for each pair of user and
  // project.
  virtual base::Result<std::unique_ptr<UsageCursor>> current_usage(const CurrentUsageQuery& query) = 0;

  // Per cluster; ignored units count. `window`: those that ended in it or still run; absent: all.
  virtual base::Result<std::vector<Stat>> stats(const std::vector<std::string>& clusters,
                                                std::optional<TimeRange> window) = 0;
  // Each pair of cluster and resource manager that has units, sorted. Takes a few steps for each pair, also
  // before there are indexes (see Writer::create_indexes): then a cluster of more than a few hundred units
  // has the managers that its usage names, and those of its first and last units by id.
  virtual base::Result<std::vector<Cluster>> clusters() = 0;
};

}  // namespace ceems::store
