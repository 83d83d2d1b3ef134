#include "store/stats.h"

#include "store/conditions.h"
#include "store/owners.h"
#include "store/rollup_marks.h"
#include "store/rollup_window.h"
#include "store/unit_rows.h"

#include <algorithm>
#include <limits>
#include <map>
#include <string_view>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

namespace ceems::store {

namespace {

// Where there are no sums.
base::Result<std::vector<Stat>> count_rows(Connection& connection, const std::vector<std::string>& clusters,
                                           const std::optional<TimeRange>& window) {
  Conditions conditions;
  conditions.add_list("cluster_id", clusters);
  if (window) add_time_condition(conditions, *window, true);
  CEEMS_TRY(
      Statement statement,
      connection.prepare("select ifnull(cluster_id, ''), max(resource_manager), count(*), "
                         "count(*) filter (where ended_at_ts > 0), count(distinct ifnull(project, '')), "
                         "count(distinct ifnull(username, '')) from units" +
                         conditions.where() + " group by 1 order by 1"));
  conditions.bind(statement);
  std::vector<Stat> rows;
  for (;;) {
    CEEMS_TRY(const bool row, statement.step());
    if (!row) return rows;
    Stat& stat = rows.emplace_back();
    stat.cluster_id = statement.text(0);
    stat.resource_manager = statement.text(1);
    stat.num_units = statement.integer(2);
    stat.num_inactive_units = statement.integer(3);
    stat.num_active_units = stat.num_units - stat.num_inactive_units;
    stat.num_projects = statement.integer(4);
    stat.num_users = statement.integer(5);
  }
}

// Numbers of units by owner, from the sums and what rows are needed beside them.
class Counting {
 public:
  explicit Counting(Connection& connection) : connection_(connection) {}

  base::Status load(const std::vector<std::string>& clusters) {
    clusters_ = clusters;
    Conditions conditions;
    conditions.add_list("cluster_id", clusters);
    CEEMS_TRY_VOID(owners_.load(connection_, conditions));
    ended_.resize(owners_.entries().size());
    return {};
  }

  base::Status add(const std::vector<RollupTerm>& terms, bool ended) {
    return read_sums(connection_, RollupKind::kEnds, terms, {}, false,
                     [&](std::int64_t number, std::string_view text, int sign) -> base::Status {
                       Sums sums;
                       if (!add_encoded(sums, text, sign, {}))
                         return base::fail(base::ErrorCode::kInternal, connection_.path(),
                                           "sums for statistics cannot be read");
                       const std::size_t place = owners_.place_of(number);
                       if (place != OwnerList::none()) add(place, sums.rows, ended);
                       return {};
                     });
  }

  base::Status add(const RowRange& range) {
    Conditions conditions;
    conditions.add(
        "ended_at_ts >= ? and ended_at_ts < ?",
        {std::max<std::int64_t>(std::get<std::int64_t>(range.from), 1), std::get<std::int64_t>(range.to)});
    conditions.add_list("+cluster_id", clusters_);
    CEEMS_TRY(Statement statement,
              connection_.prepare(fmt::format("select {} from units{}", kOwnerColumns, conditions.where())));
    conditions.bind(statement);
    std::string owner;
    for (;;) {
      CEEMS_TRY(const bool row, statement.step());
      if (!row) return {};
      read_owner(statement, 0, owner);
      add(owners_.place_of(owner), range.sign, true);
    }
  }

  std::vector<Stat> result() const {
    struct Cluster {
      Stat stat;
      std::unordered_set<std::string_view> projects;
      std::unordered_set<std::string_view> users;
    };
    std::map<std::string_view, Cluster> by_name;
    for (std::size_t i = 0; i < owners_.entries().size(); ++i) {
      const OwnerList::Entry& entry = owners_.entries()[i];
      if (entry.rows <= 0) continue;
      Cluster& cluster = by_name[owner_text(entry.owner, OwnerText::kCluster)];
      cluster.stat.num_units += entry.rows;
      cluster.stat.num_inactive_units += i < ended_.size() ? ended_[i] : 0;
      cluster.stat.resource_manager =
          std::max(cluster.stat.resource_manager, std::string(owner_text(entry.owner, OwnerText::kManager)));
      cluster.projects.insert(owner_text(entry.owner, OwnerText::kProject));
      cluster.users.insert(owner_text(entry.owner, OwnerText::kUser));
    }
    std::vector<Stat> rows;
    for (auto& [name, cluster] : by_name) {
      Stat& stat = rows.emplace_back(std::move(cluster.stat));
      stat.cluster_id = name;
      stat.num_active_units = stat.num_units - stat.num_inactive_units;
      stat.num_projects = static_cast<std::int64_t>(cluster.projects.size());
      stat.num_users = static_cast<std::int64_t>(cluster.users.size());
    }
    return rows;
  }

 private:
  void add(std::size_t place, std::int64_t units, bool ended) {
    owners_.entries()[place].rows += units;
    if (place >= ended_.size()) ended_.resize(place + 1);
    if (ended) ended_[place] += units;
  }

  Connection& connection_;
  std::vector<std::string> clusters_;
  OwnerList owners_;                 // their rows are units
  std::vector<std::int64_t> ended_;  // of these, by place
};

}  // namespace

base::Result<std::vector<Stat>> read_stats(Connection& connection, const std::vector<std::string>& clusters,
                                           const std::optional<TimeRange>& window) {
  const auto coverage = read_coverage(connection);
  if (!coverage || (*coverage)[RollupKind::kEnds] > kOpenDay ||
      (!window && (*coverage)[RollupKind::kEnds] != Coverage::kEverything))
    return count_rows(connection, clusters, window);
  Counting counting(connection);
  CEEMS_TRY_VOID(counting.load(clusters));
  CEEMS_TRY_VOID(counting.add({{.sign = 1, .level = kDayLevel, .first = kOpenDay, .last = kOpenDay}}, false));
  if (!window) {
    CEEMS_TRY(const auto all, cover_days(connection, RollupKind::kEnds,
                                         std::numeric_limits<std::int64_t>::min(), kOpenDay - 1));
    CEEMS_TRY_VOID(counting.add(all, true));
    return counting.result();
  }
  CEEMS_TRY(const WindowParts parts,
            split_window(connection, RollupKind::kEnds, *coverage, window->from_ms, window->to_ms + 1));
  CEEMS_TRY_VOID(counting.add(parts.sums, true));
  for (const RowRange& range : parts.rows)
    CEEMS_TRY_VOID(counting.add(range));
  return counting.result();
}

}  // namespace ceems::store
