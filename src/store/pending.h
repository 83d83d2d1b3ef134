// The table of queries that are still owed, and what they weigh. For this room only.
#pragma once

#include "base/result.h"
#include "store/sqlite.h"
#include "store/stored_row.h"
#include "store/writer.h"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace ceems::store {

// The marker of the day of daily_usage that a window which ends then belongs to.
std::string day_marker(const TimeZone& time_zone, Accounting accounting, std::int64_t window_end_ms);

base::Status insert_pending(Connection& connection, const PendingWindow& window);
base::Result<std::optional<PendingWindow>> read_pending(Connection& connection, std::int64_t id);
base::Result<std::vector<PendingWindow>> read_due(Connection& connection, std::int64_t now_ms,
                                                  std::size_t limit);
// Keeps the window with these queries left, or removes it when there are none.
base::Status update_pending(Connection& connection, const PendingWindow& window);

// For the rows of one cluster: the weight that their totals count but their means do not hold.
class MissingIndex {
 public:
  MissingIndex(const TimeZone& time_zone, Accounting accounting, MeanWeights means)
      : time_zone_(time_zone), accounting_(accounting), means_(std::move(means)) {}

  base::Status load(Connection& connection, std::string_view cluster_id);

  void add(const PendingWindow& window, const PendingUnit& unit, const PendingQuery& query);
  void subtract(const PendingWindow& window, const PendingUnit& unit, const PendingQuery& query);

  const MissingWeights& of_unit(const UnitKey& key) const;
  const MissingWeights& of_usage(std::string_view project, std::string_view username) const;
  const MissingWeights& of_day(std::string_view project, std::string_view username,
                               std::string_view marker) const;

 private:
  void change(const PendingWindow& window, const PendingUnit& unit, const PendingQuery& query, double sign);
  const MissingWeights& find(std::initializer_list<std::string_view> parts) const;

  TimeZone time_zone_;
  Accounting accounting_;
  MeanWeights means_;
  std::unordered_map<std::string, MissingWeights> weights_;
};

}  // namespace ceems::store
