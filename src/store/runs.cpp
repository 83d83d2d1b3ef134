#include "store/runs.h"

#include "store/conditions.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <unordered_set>

#include <fmt/format.h>

namespace ceems::store {

namespace {

constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();

// Times that were never written read as 0.
UnitRun read_run(const Statement& row) {
  UnitRun run;
  run.uuid = row.text(0);
  run.project = row.text(1);
  const std::int64_t started = row.integer(2);
  const std::int64_t ended = row.integer(4);
  run.from_ms = started > 0 ? started : row.integer(3);
  run.to_ms = ended > 0 ? std::max(ended, run.from_ms) : kLast;
  return run;
}

// As read_run() has it.
constexpr std::string_view kStart =
    "(case when started_at_ts > 0 then started_at_ts else ifnull(created_at_ts, 0) end)";

struct Limits {
  std::size_t ids;
  std::size_t rows;
};

// The ids of a window, and the rows that were looked at for them.
class Found {
 public:
  explicit Found(const Limits& limits) : limits_(limits) {}

  base::Status add(Statement& statement, const std::string& cluster_id) {
    for (;;) {
      CEEMS_TRY(const bool row, statement.step());
      if (!row) return {};
      if (++rows_ > limits_.rows)
        return base::fail(base::ErrorCode::kTooLarge, cluster_id, "more than {} units to look at",
                          limits_.rows);
      if (statement.integer(1) == 0) continue;
      ids_.emplace(statement.text(0));
      if (ids_.size() > limits_.ids)
        return base::fail(base::ErrorCode::kTooLarge, cluster_id, "more than {} units in that time",
                          limits_.ids);
    }
  }

  std::vector<std::string> sorted() const {
    std::vector<std::string> sorted(ids_.begin(), ids_.end());
    std::ranges::sort(sorted);
    return sorted;
  }

 private:
  Limits limits_;
  std::size_t rows_ = 0;
  std::unordered_set<std::string> ids_;
};

}  // namespace

std::string ran_long() {
  return fmt::format("ended_at_ts - {} > {}", kStart, kLongRunMs);
}

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

std::vector<std::string> queries_of_ids_in() {
  // Walks of indexes by project and end. Whether a row is of that cluster and began in time is a column, so
  // that rows which are not wanted are counted too.
  const std::string select =
      fmt::format("select uuid, cluster_id = ?4 and {} <= ?3 from units where project = ?1 and ", kStart);
  // Sums of extreme times would be no integers any more.
  const std::string long_ago = fmt::format("max(min(?3, {}) + {}, ?2)", kLast - kLongRunMs, kLongRunMs);
  return {
      select + "ended_at_ts = 0",
      select + "ended_at_ts is null",
      select + "ended_at_ts > 0 and ended_at_ts between ?2 and " + long_ago,
      select + "ended_at_ts > " + long_ago + " and " + ran_long(),
  };
}

base::Result<std::vector<std::string>> read_ids_in(Connection& connection, const std::string& cluster_id,
                                                   const std::vector<std::string>& projects,
                                                   const TimeRange& window, std::size_t limit,
                                                   std::size_t max_rows) {
  Found found({.ids = limit, .rows = max_rows});
  for (const std::string& query : queries_of_ids_in()) {
    CEEMS_TRY(Statement statement, connection.prepare(query));
    for (const std::string& project : projects) {
      statement.bind(1, project).bind(2, window.from_ms).bind(3, window.to_ms).bind(4, cluster_id);
      CEEMS_TRY_VOID(found.add(statement, cluster_id));
      statement.reset();
    }
  }
  return found.sorted();
}

}  // namespace ceems::store
