#include "store/settle.h"

#include "store/upsert.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace ceems::store {

namespace {

constexpr const char* kUnitWhere = "cluster_id = ? and uuid = ? and started_at = ?";
constexpr const char* kUsageWhere = "cluster_id = ? and username = ? and project = ?";
constexpr const char* kDailyWhere = "cluster_id = ? and username = ? and project = ? and last_updated_at = ?";

// Rows that retention has taken away meanwhile are simply not found.
base::Status add_to_rows(Connection& connection, const PendingWindow& window, const PendingUnit& unit,
                         const PendingQuery& query, double value, const std::string& day,
                         const MeanWeights& weights, const MissingIndex& missing) {
  const Metric metric = query.metric;
  const MetricMap map = {{query.name, value}};
  const LateWeights late{.key = weights.key_of(metric, query.name),
                         .added = weights.weight_of(metric, query.name, unit.times)};
  CEEMS_TRY_VOID(add_late(connection, "units", kUnitWhere,
                          {window.cluster_id, unit.key.uuid, unit.key.started_at}, metric, map, late,
                          missing.of_unit(unit.key)[metric]));
  CEEMS_TRY_VOID(add_late(connection, "usage", kUsageWhere, {window.cluster_id, unit.username, unit.project},
                          metric, map, late, missing.of_usage(unit.project, unit.username)[metric]));
  return add_late(connection, "daily_usage", kDailyWhere,
                  {window.cluster_id, unit.username, unit.project, day}, metric, map, late,
                  missing.of_day(unit.project, unit.username, day)[metric]);
}

}  // namespace

base::Status apply_outcome(Connection& connection, PendingWindow window, const PendingOutcome& outcome,
                           const std::string& day, const MeanWeights& weights, MissingIndex& missing) {
  for (const LateAnswer& answer : outcome.answers) {
    if (std::ranges::find(window.queries, answer.query) == window.queries.end()) continue;
    const std::map<std::string, double> values(answer.values.begin(), answer.values.end());
    for (const PendingUnit& unit : window.units) {
      if (const auto value = values.find(unit.key.uuid); value != values.end())
        CEEMS_TRY_VOID(
            add_to_rows(connection, window, unit, answer.query, value->second, day, weights, missing));
      missing.subtract(window, unit, answer.query);
    }
    std::erase(window.queries, answer.query);
  }
  for (const PendingQuery& query : outcome.abandoned) {
    if (std::erase(window.queries, query) == 0) continue;
    for (const PendingUnit& unit : window.units)
      missing.subtract(window, unit, query);
  }
  ++window.attempts;
  window.next_attempt_ms = outcome.next_attempt_ms;
  window.reason = outcome.reason;
  return update_pending(connection, window);
}

}  // namespace ceems::store
