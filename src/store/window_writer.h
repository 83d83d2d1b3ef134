// Adds what one window holds to all tables, inside of a transaction that the caller began and ends. For this
// room only.
#pragma once

#include "base/result.h"
#include "store/pending.h"
#include "store/rollup_writer.h"
#include "store/sqlite.h"
#include "store/upsert.h"
#include "store/usage_rows.h"
#include "store/writer.h"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace ceems::store {

class WindowWriter {
 public:
  // A row that the database refuses: nothing is written, or the unit is left out and said in the log. To undo
  // a single row costs a copy of each page that it changes.
  enum class Rows : std::uint8_t { kAllOrNothing, kWhatCanBe };

  // `missing` is that of the window's cluster, and grows by what the window owes.
  WindowWriter(Connection& connection, const WriterOptions& options, const WindowResult& window,
               MissingIndex& missing);

  // False: a row was refused and not all may be written; the transaction is to be rolled back.
  base::Result<bool> write(Rows rows);

 private:
  base::Result<bool> write_all();
  base::Status write_what_can_be();
  // Adds the unit to all tables, usage included.
  base::Status write_alone(const Unit& unit);
  // Adds it to units and to what usage is to be given.
  base::Status add(const Unit& unit);
  base::Status finish();

  Connection& connection_;
  const MeanWeights& weights_;
  const WindowResult& window_;
  MissingIndex& missing_;
  const std::string updated_;  // last_updated_at of what is written
  UsageRows usage_;
  RollupChanges changes_;
  RowChange change_;  // of the last unit
  // What this window owes weighs on the rows as soon as its unit is in them.
  std::vector<PendingWindow> owing_;
  std::multimap<UnitKey, std::pair<const PendingWindow*, PendingUnit*>> owed_;
};

}  // namespace ceems::store
