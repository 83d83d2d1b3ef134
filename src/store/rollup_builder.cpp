#include "store/rollup_builder.h"

#include "base/log.h"
#include "store/rollup_days.h"
#include "store/rollup_marks.h"
#include "store/rollup_writer.h"
#include "store/schema.h"

#include <algorithm>

namespace ceems::store {

namespace {

// As many rows are read in one transaction, at least a day's: others may wait for the lock.
constexpr std::int64_t kRowsAtOnce = 5'000;

std::int64_t count_rows(const RollupDeltas& deltas) {
  std::int64_t rows = 0;
  for (const auto& [place, change] : deltas)
    rows += change.sums.rows;
  return rows;
}

// Takes some of the sums of an earlier time away. False: none are left.
base::Result<bool> clear_some(Connection& connection) {
  CEEMS_TRY(Statement statement,
            connection.prepare(
                "delete from ceems_rollup_sums where (kind, level, block, owner) in (select kind, level, "
                "block, owner from ceems_rollup_sums limit ?)"));
  statement.bind(1, kRowsAtOnce);
  CEEMS_TRY_VOID(statement.run());
  return connection.changes() > 0;
}

base::Status begin_anew(Connection& connection) {
  CEEMS_TRY_VOID(connection.execute("delete from ceems_rollup_owners; delete from ceems_rollup_keys"));
  return write_coverage(connection, Coverage());
}

base::Status build_some(Connection& connection, RollupKind kind, Coverage coverage) {
  RowSummer summer(connection);
  CEEMS_TRY_VOID(summer.begin());
  RollupDeltas deltas;
  while (coverage[kind] != Coverage::kEverything && count_rows(deltas) < kRowsAtOnce) {
    CEEMS_TRY(const auto day, day_before(connection, kind, coverage[kind]));
    coverage[kind] = day ? day->day : Coverage::kEverything;
    if (day) CEEMS_TRY_VOID(add_rows(summer, kind, *day, 1, deltas));
  }
  CEEMS_TRY_VOID(summer.finish());
  CEEMS_TRY(const bool readable, summer.apply(deltas, coverage));
  return readable ? write_coverage(connection, coverage) : forget_coverage(connection);
}

// False: there is nothing to do.
base::Result<bool> advance_some_marks(Connection& connection) {
  for (const RollupKind kind : kRollupKinds) {
    CEEMS_TRY(const bool done, advance_marks(connection, kind));
    if (done) return true;
  }
  return false;
}

}  // namespace

base::Result<bool> advance_rollups(Connection& connection, RollupCheck& check) {
  CEEMS_TRY_VOID(create_indexes(connection));
  CEEMS_TRY(Transaction transaction, Transaction::begin(connection, Transaction::Kind::kWrite));
  const auto coverage = read_coverage(connection);
  bool more = true;
  if (!coverage) {
    CEEMS_TRY(const bool cleared, clear_some(connection));
    if (!cleared) CEEMS_TRY_VOID(begin_anew(connection));
  } else {
    const auto* const unfinished = std::ranges::find_if(
        kRollupKinds, [&](RollupKind kind) { return (*coverage)[kind] != Coverage::kEverything; });
    more = unfinished != kRollupKinds.end();
    if (more) {
      CEEMS_TRY_VOID(build_some(connection, *unfinished, *coverage));
    } else {
      CEEMS_TRY(more, advance_some_marks(connection));
      if (!more) CEEMS_TRY_VOID(check_some(connection, check));
    }
  }
  CEEMS_TRY_VOID(transaction.commit());
  return more;
}

}  // namespace ceems::store
