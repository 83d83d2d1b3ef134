// The statements that add to rows of units, and late numbers to any row. For this room only.
#pragma once

#include "base/result.h"
#include "store/model.h"
#include "store/sqlite.h"
#include "store/stored_row.h"

#include <string>
#include <string_view>
#include <vector>

namespace ceems::store {

// What a statement did to a row. Its texts are used again for the next.
struct RowChange {
  bool existed = false;
  RowState before{};  // if it existed
  RowState after{};
};

// Whose the row is: an owner that is known never changes.
struct UpsertedUnit {
  bool is_new = false;
  std::string project{};
  std::string username{};
};

base::Result<UpsertedUnit> upsert_unit(Connection& connection, std::string_view cluster_id, const Unit& unit,
                                       const MeanWeights& weights, const MissingWeights& missing,
                                       std::string_view last_updated_at, RowChange& change);

// What weighs one late number: the row's time of that key, and that of the number's own window.
struct LateWeights {
  std::string_view key{};
  double added = 0;
};

// Adds it to a row, found by its key: `where` with its values already in order. `missing` still contains it.
base::Status add_late(Connection& connection, std::string_view table, std::string_view where,
                      const std::vector<std::string>& key, Metric metric, const MetricMap& value,
                      const LateWeights& weights, const MetricMap& missing);

}  // namespace ceems::store
