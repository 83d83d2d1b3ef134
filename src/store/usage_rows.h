// What one window adds to usage and daily_usage. A row is read once and written once, however many units of
// its owner there are, and rows are visited in the order of their index. For this room only.
#pragma once

#include "base/result.h"
#include "store/model.h"
#include "store/pending.h"
#include "store/rollup_writer.h"
#include "store/sqlite.h"
#include "store/stored_row.h"
#include "store/upsert.h"

#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace ceems::store {

class UsageRows {
 public:
  // `updated` and `day` are the texts of last_updated_at in usage and in daily_usage.
  UsageRows(Connection& connection, const MeanWeights& weights, std::string cluster_id, std::string updated,
            std::string day)
      : connection_(connection),
        weights_(weights),
        cluster_id_(std::move(cluster_id)),
        updated_(std::move(updated)),
        day_(std::move(day)) {}

  // Adds what a unit used, for whom it is counted.
  base::Status add(const Unit& unit, const UpsertedUnit& whose, const MissingIndex& missing,
                   RollupChanges& changes);
  // So many are kept in memory that they had better be written.
  bool full() const;
  // Writes what was added.
  base::Status write(RollupChanges& changes);
  // Gives up what was added and not written.
  void forget() { rows_.clear(); }

 private:
  struct Row {
    bool is_new = true;
    std::int64_t id = 0;     // unless it is new
    std::int64_t units = 0;  // of all windows
    std::int64_t new_units = 0;
    std::int64_t updates = 0;
    std::string owner{};  // see owners.h
    Metrics metrics{};
  };
  struct Rows {
    Row usage{};
    Row day{};
  };
  using Key = std::pair<std::string, std::string>;  // user and project

  base::Status read(const Key& key, const Unit& unit, RollupChanges& changes, Rows& rows);
  base::Status read_row(bool is_day, const Key& key, const Unit& unit, Row& row);
  base::Status write_row(bool is_day, const Key& key, const Row& row);
  base::Status insert_row(bool is_day, const Key& key, const Row& row);

  Connection& connection_;
  const MeanWeights& weights_;
  const std::string cluster_id_;
  const std::string updated_;
  const std::string day_;
  std::map<Key, Rows> rows_;
  RowState state_;  // of the last row that was read or written; reused
};

}  // namespace ceems::store
