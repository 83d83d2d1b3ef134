#include "store/runs.h"

#include "store/conditions.h"

#include <algorithm>
#include <limits>
#include <unordered_set>
#include <utility>

namespace ceems::store {

namespace {

// Times that were never written read as 0.
UnitRun read_run(const Statement& row) {
  UnitRun run;
  run.uuid = row.text(0);
  run.project = row.text(1);
  const std::int64_t started = row.integer(2);
  const std::int64_t ended = row.integer(4);
  run.from_ms = started > 0 ? started : row.integer(3);
  run.to_ms = ended > 0 ? std::max(ended, run.from_ms) : std::numeric_limits<std::int64_t>::max();
  return run;
}

// Adds the ids that the statement finds. False once there are more than `limit`.
base::Result<bool> collect(Statement& statement, std::size_t limit, std::unordered_set<std::string>& ids) {
  for (;;) {
    CEEMS_TRY(const bool row, statement.step());
    if (!row) return true;
    ids.emplace(statement.text(0));
    if (ids.size() > limit) return false;
  }
}

}  // namespace

base::Result<std::vector<UnitRun>> read_runs(Connection& connection, const std::string& cluster_id,
                                             const std::vector<std::string>& uuids) {
  CEEMS_TRY(Statement statement,
            connection.prepare("select uuid, project, started_at_ts, created_at_ts, ended_at_ts from units "
                               "where cluster_id = ? and uuid in (select value from json_each(?)) "
                               "order by uuid, started_at_ts"));
  statement.bind(1, cluster_id).bind(2, json_list(uuids));
  std::vector<UnitRun> runs;
  for (;;) {
    CEEMS_TRY(const bool row, statement.step());
    if (!row) return runs;
    runs.push_back(read_run(statement));
  }
}

base::Result<std::vector<std::string>> read_ids_in(Connection& connection, const std::string& cluster_id,
                                                   const std::vector<std::string>& projects,
                                                   const TimeRange& window, std::size_t limit) {
  std::unordered_set<std::string> ids;
  // Walks of the index by project and end: what still runs, and what ended in the window or later.
  for (const char* const ended :
       {"ended_at_ts = 0", "ended_at_ts is null", "ended_at_ts > 0 and ended_at_ts >= ?2"}) {
    CEEMS_TRY(Statement statement,
              connection.prepare(std::string("select uuid from units where project = ?1 and ") + ended +
                                 " and ifnull(started_at_ts, 0) <= ?3 and +cluster_id = ?4"));
    for (const std::string& project : projects) {
      statement.bind(1, project).bind(2, window.from_ms).bind(3, window.to_ms).bind(4, cluster_id);
      CEEMS_TRY(const bool all, collect(statement, limit, ids));
      if (!all)
        return base::fail(base::ErrorCode::kTooLarge, cluster_id, "more than {} units in that time", limit);
      statement.reset();
    }
  }
  std::vector<std::string> sorted(ids.begin(), ids.end());
  std::ranges::sort(sorted);
  return sorted;
}

}  // namespace ceems::store
