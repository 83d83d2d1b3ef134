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
                                       const MissingWeights& missing, std::string_view last_updated_at,
                                       RowChange& change);

// Adds one late number to a row, found by its key: `where` with its values already in order. The weight is
// that of the number's own window; `missing` still contains it.
base::Status add_late(Connection& connection, std::string_view table, std::string_view where,
                      const std::vector<std::string>& key, Metric metric, const MetricMap& value,
                      double weight, const MetricMap& missing);

}  // namespace ceems::store
