// Keeping the sums beside the rows up to date: inside of a transaction that changes rows, tell what will
// change, and apply the difference at its end. For this room only.
#pragma once

#include "base/result.h"
#include "store/keys.h"
#include "store/owners.h"
#include "store/rollup.h"
#include "store/sqlite.h"
#include "store/stored_row.h"
#include "store/writer.h"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::store {

// What rows of one kind add up to, by day and owner.
class RowSummer {
 public:
  explicit RowSummer(Connection& connection);

  base::Status begin() { return keys_.load(connection_); }
  // Adds the rows of units that fulfil the condition, to what units and ends add up to.
  base::Status add_units(std::string_view where, const std::vector<std::string>& values, int sign,
                         RollupDeltas& deltas);
  // The same, to one of the two only.
  base::Status add_units(RollupKind kind, std::string_view where, const std::vector<std::string>& values,
                         int sign, RollupDeltas& deltas);
  base::Status add_days(std::string_view where, const std::vector<std::string>& values, int sign,
                        RollupDeltas& deltas);
  // Adds one row as it is told, of units to units and ends, or of daily_usage to days.
  base::Status add(RollupKind kind, const RowState& state, int sign, RollupDeltas& deltas);
  // Writes the new names that rows had.
  base::Status finish() { return keys_.save(connection_); }
  // Adds the changes to what is stored of days that are covered; the rows are as they are after them. False:
  // what is stored cannot be read.
  base::Result<bool> apply(const RollupDeltas& deltas, const Coverage& coverage);
  const KeyTable& keys() const { return keys_; }

 private:
  // Adds the row that was read last.
  void add_row(int sign, DayChange& change);
  static void add_end(std::int64_t owner, std::int64_t ended_at_ms, int sign, RollupDeltas& deltas);
  base::Status add_rows(bool units, bool ends, std::string_view from, std::string_view where,
                        const std::vector<std::string>& values, int sign, RollupDeltas& deltas);

  Connection& connection_;
  KeyTable keys_;
  OwnerNumbers owners_;
  RowReader rows_;
  Sums row_;  // reused
};

// The changes of one transaction.
class RollupChanges {
 public:
  explicit RollupChanges(Connection& connection) : connection_(connection), summer_(connection) {}

  base::Status begin();
  // Before these rows are made, changed or removed.
  base::Status unit(std::string_view cluster_id, const UnitKey& key);
  base::Status day(std::string_view cluster_id, std::string_view username, std::string_view project,
                   std::string_view marker);
  // Before all units or days that fulfil the condition are removed.
  base::Status removed_units(std::string_view where, const std::vector<std::string>& values);
  base::Status removed_days(std::string_view where, const std::vector<std::string>& values);
  // A row of units (kUnits) or daily_usage (kDays) was like that before it was changed or is like that after
  // it. Not for rows that are also named as above.
  base::Status before(RollupKind kind, const RowState& state) { return count(kind, state, -1); }
  base::Status after(RollupKind kind, const RowState& state) { return count(kind, state, 1); }
  // Between these two it can still be undone what is told to before() and after().
  void begin_row() { tentative_.emplace(); }
  void end_row(bool keep);
  // When all is done. Nothing happens where there are no sums.
  base::Status apply();

 private:
  base::Status count(RollupKind kind, const RowState& state, int sign);

  Connection& connection_;
  RowSummer summer_;
  std::optional<Coverage> coverage_;
  std::set<std::vector<std::string>> units_;  // by cluster, id and start
  std::set<std::vector<std::string>> days_;   // by cluster, user, project and marker
  RollupDeltas deltas_;
  std::optional<RollupDeltas> tentative_;
};

}  // namespace ceems::store
