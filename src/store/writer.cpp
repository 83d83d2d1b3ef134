#include "store/writer.h"

#include "base/file.h"
#include "base/log.h"
#include "store/membership.h"
#include "store/pending.h"
#include "store/progress.h"
#include "store/rollup.h"
#include "store/rollup_builder.h"
#include "store/rollup_writer.h"
#include "store/schema.h"
#include "store/settle.h"
#include "store/sqlite.h"
#include "store/tolerant.h"
#include "store/window_writer.h"

#include <chrono>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

namespace ceems::store {

namespace {

constexpr mode_t kDirectoryMode = 0750;
constexpr std::chrono::milliseconds kBusyTimeout{5'000};
constexpr std::int64_t kDayMs = 86'400'000;

class DatabaseWriter final : public Writer {
 public:
  DatabaseWriter(std::unique_ptr<Connection> connection, WriterOptions options)
      : connection_(std::move(connection)), options_(std::move(options)) {}

  base::Status create_indexes() override;
  base::Result<bool> advance_rollups() override;
  std::int64_t rollup_differences() override;
  base::Result<std::int64_t> window_start(std::string_view cluster_id, std::int64_t fallback_ms) override;
  base::Result<std::int64_t> begin(std::string_view cluster_id, std::int64_t fallback_ms) override;
  base::Result<std::vector<RunningUnit>> running_units(std::string_view cluster_id,
                                                       std::optional<std::int64_t> ended_since_ms) override;
  base::Status commit_window(const WindowResult& window) override;
  base::Result<std::vector<PendingWindow>> due_windows(std::int64_t now_ms, std::size_t limit) override;
  base::Result<std::int64_t> count_pending(std::string_view cluster_id) override;
  base::Status settle(const PendingOutcome& outcome) override;
  base::Status replace_admins(std::string_view source, const std::vector<std::string>& names,
                              std::int64_t now_ms) override;
  base::Status purge(std::int64_t now_ms, std::int64_t retention_days) override;
  const std::string& path() const override { return connection_->path(); }

 private:
  // False: there is a row that the database refuses, and nothing is written.
  base::Result<bool> try_window(const WindowResult& window, WindowWriter::Rows rows);
  // The index of that cluster, taken out of the cache: it goes back only when the change is committed.
  base::Result<MissingIndex> take_missing(const std::string& cluster_id);
  // Adds those whose end fulfils the condition: "= ?2".
  base::Status add_units(std::string_view cluster_id, std::string_view condition, std::int64_t ended_at_ms,
                         std::vector<RunningUnit>& units);
  base::Status delete_units_ended_by(std::int64_t cutoff_ms);
  base::Status delete_usage_until(const std::string& last);

  std::unique_ptr<Connection> connection_;
  WriterOptions options_;
  std::unordered_map<std::string, MissingIndex> missing_;  // by cluster
  RollupCheck check_;                                      // see advance_rollups()
  std::mutex mutex_;                                       // around all of it
};

base::Status DatabaseWriter::create_indexes() {
  const std::lock_guard lock(mutex_);
  return store::create_indexes(*connection_);
}

base::Result<bool> DatabaseWriter::advance_rollups() {
  const std::lock_guard lock(mutex_);
  CEEMS_TRY(const bool more, store::advance_rollups(*connection_, check_));
  if (!more) connection_->release_memory();
  return more;
}

std::int64_t DatabaseWriter::rollup_differences() {
  const std::lock_guard lock(mutex_);
  return check_.differences;
}

base::Result<std::int64_t> DatabaseWriter::window_start(std::string_view cluster_id,
                                                        std::int64_t fallback_ms) {
  const std::lock_guard lock(mutex_);
  CEEMS_TRY(const std::optional<std::int64_t> progress, read_progress(*connection_, cluster_id));
  if (progress) return *progress;
  CEEMS_TRY(const std::optional<std::int64_t> beginning, read_beginning(*connection_, cluster_id));
  if (beginning) return *beginning;
  CEEMS_TRY(const std::optional<std::int64_t> end, database_end(*connection_, options_.time_zone));
  return end.value_or(fallback_ms);
}

base::Result<std::int64_t> DatabaseWriter::begin(std::string_view cluster_id, std::int64_t fallback_ms) {
  const std::lock_guard lock(mutex_);
  CEEMS_TRY(const std::optional<std::int64_t> beginning, read_beginning(*connection_, cluster_id));
  CEEMS_TRY(const std::optional<std::int64_t> progress, read_progress(*connection_, cluster_id));
  if (progress) return beginning.value_or(0);
  CEEMS_TRY(Statement statement,
            connection_->prepare("select exists (select 1 from usage where cluster_id = ?)"));
  statement.bind(1, cluster_id);
  CEEMS_TRY_VOID(statement.step());
  // Another program's.
  if (statement.integer(0) != 0) return 0;
  CEEMS_TRY(const std::optional<std::int64_t> end, database_end(*connection_, options_.time_zone));
  const std::int64_t start = end.value_or(fallback_ms);
  if (beginning && *beginning <= start) return *beginning;
  CEEMS_TRY_VOID(write_beginning(*connection_, cluster_id, start));
  return start;
}

base::Result<std::vector<RunningUnit>> DatabaseWriter::running_units(
    std::string_view cluster_id, std::optional<std::int64_t> ended_since_ms) {
  const std::lock_guard lock(mutex_);
  std::vector<RunningUnit> units;
  CEEMS_TRY_VOID(add_units(cluster_id, "= ?2", 0, units));
  if (ended_since_ms)
    CEEMS_TRY_VOID(add_units(cluster_id, "> ?2", std::max<std::int64_t>(*ended_since_ms, 0), units));
  return units;
}

base::Status DatabaseWriter::add_units(std::string_view cluster_id, std::string_view condition,
                                       std::int64_t ended_at_ms, std::vector<RunningUnit>& units) {
  // The managers of a cluster are few; found one after the other they let the index find the units.
  CEEMS_TRY(Statement statement,
            connection_->prepare(
                std::string("with recursive managers(name) as ("
                            "  select (select min(resource_manager) from units where cluster_id = ?1)"
                            "  union all select (select min(resource_manager) from units"
                            "                    where cluster_id = ?1 and resource_manager > managers.name)"
                            "  from managers where managers.name is not null) "
                            "select resource_manager, uuid, started_at, started_at_ts, "
                            "metric_value(total_time_seconds, 'walltime'), name, project, groupname, "
                            "username, allocation, tags, ended_at_ts "
                            "from units "
                            "where cluster_id = ?1 and resource_manager in (select name from managers) "
                            "and ended_at_ts ")
                    .append(condition)));
  statement.bind(1, cluster_id);
  statement.bind(2, ended_at_ms);
  for (;;) {
    CEEMS_TRY(const bool row, statement.step());
    if (!row) return {};
    RunningUnit& unit = units.emplace_back();
    unit.resource_manager = statement.text(0);
    unit.key = {.uuid = std::string(statement.text(1)), .started_at = std::string(statement.text(2))};
    unit.started_at_ts = statement.integer(3);
    unit.walltime_seconds = statement.real(4);
    unit.name = statement.text(5);
    unit.project = statement.text(6);
    unit.groupname = statement.text(7);
    unit.username = statement.text(8);
    unit.allocation = read_object(statement.text(9));
    unit.tags = read_object(statement.text(10));
    unit.ended_at_ts = statement.integer(11);
  }
}

base::Result<MissingIndex> DatabaseWriter::take_missing(const std::string& cluster_id) {
  if (auto known = missing_.extract(cluster_id)) return std::move(known.mapped());
  MissingIndex index(options_.time_zone, options_.accounting, options_.weights);
  CEEMS_TRY_VOID(index.load(*connection_, cluster_id));
  return index;
}

base::Status DatabaseWriter::commit_window(const WindowResult& window) {
  const std::lock_guard lock(mutex_);
  CEEMS_TRY(const bool written, try_window(window, WindowWriter::Rows::kAllOrNothing));
  if (!written) CEEMS_TRY_VOID(try_window(window, WindowWriter::Rows::kWhatCanBe));
  connection_->release_memory();
  return {};
}

base::Result<bool> DatabaseWriter::try_window(const WindowResult& window, WindowWriter::Rows rows) {
  CEEMS_TRY(Transaction transaction, Transaction::begin(*connection_, Transaction::Kind::kWrite));
  CEEMS_TRY(const std::optional<std::int64_t> progress, read_progress(*connection_, window.cluster_id));
  if (progress && *progress != window.start_ms)
    return base::fail(base::ErrorCode::kInvalid, window.cluster_id,
                      "the window starts at {} but the cluster's last one ended at {}", window.start_ms,
                      *progress);
  CEEMS_TRY(MissingIndex missing, take_missing(window.cluster_id));
  CEEMS_TRY(const bool written, WindowWriter(*connection_, options_, window, missing).write(rows));
  if (!written) return false;
  CEEMS_TRY_VOID(write_progress(*connection_, options_.time_zone, window.cluster_id, window.end_ms));
  CEEMS_TRY_VOID(transaction.commit());
  missing_.emplace(window.cluster_id, std::move(missing));
  return true;
}

base::Result<std::vector<PendingWindow>> DatabaseWriter::due_windows(std::int64_t now_ms, std::size_t limit) {
  const std::lock_guard lock(mutex_);
  return read_due(*connection_, now_ms, limit);
}

base::Result<std::int64_t> DatabaseWriter::count_pending(std::string_view cluster_id) {
  const std::lock_guard lock(mutex_);
  CEEMS_TRY(Statement statement,
            connection_->prepare("select count(*) from ceems_pending_windows where cluster_id = ?"));
  statement.bind(1, cluster_id);
  CEEMS_TRY_VOID(statement.step());
  return statement.integer(0);
}

base::Status DatabaseWriter::settle(const PendingOutcome& outcome) {
  const std::lock_guard lock(mutex_);
  CEEMS_TRY(Transaction transaction, Transaction::begin(*connection_, Transaction::Kind::kWrite));
  CEEMS_TRY(std::optional<PendingWindow> window, read_pending(*connection_, outcome.id));
  // Settled already.
  if (!window) return {};
  const std::string cluster_id = window->cluster_id;
  const std::string day = day_marker(options_.time_zone, options_.accounting, window->window_end_ms);
  CEEMS_TRY(MissingIndex missing, take_missing(cluster_id));
  RollupChanges changes(*connection_);
  CEEMS_TRY_VOID(changes.begin());
  for (const PendingUnit& unit : window->units) {
    CEEMS_TRY_VOID(changes.unit(cluster_id, unit.key));
    CEEMS_TRY_VOID(changes.day(cluster_id, unit.username, unit.project, day));
  }
  CEEMS_TRY_VOID(apply_outcome(*connection_, *std::move(window), outcome, day, options_.weights, missing));
  CEEMS_TRY_VOID(changes.apply());
  CEEMS_TRY_VOID(transaction.commit());
  missing_.emplace(cluster_id, std::move(missing));
  return {};
}

base::Status DatabaseWriter::replace_admins(std::string_view source, const std::vector<std::string>& names,
                                            std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  CEEMS_TRY(Transaction transaction, Transaction::begin(*connection_, Transaction::Kind::kWrite));
  CEEMS_TRY_VOID(write_admins(*connection_, source, names, options_.time_zone.local(now_ms)));
  return transaction.commit();
}

base::Status DatabaseWriter::delete_units_ended_by(std::int64_t cutoff_ms) {
  // In small transactions: others may wait for the lock.
  constexpr std::int64_t kAtOnce = 5'000;
  constexpr const char* kSome =
      "id in (select id from units where ended_at_ts > 0 and ended_at_ts <= ? order by ended_at_ts, id limit "
      "?)";
  for (std::int64_t deleted = kAtOnce; deleted == kAtOnce;) {
    CEEMS_TRY(Transaction transaction, Transaction::begin(*connection_, Transaction::Kind::kWrite));
    RollupChanges changes(*connection_);
    CEEMS_TRY_VOID(changes.begin());
    CEEMS_TRY_VOID(changes.removed_units(kSome, {std::to_string(cutoff_ms), std::to_string(kAtOnce)}));
    CEEMS_TRY(Statement statement, connection_->prepare(std::string("delete from units where ") + kSome));
    statement.bind(1, cutoff_ms).bind(2, kAtOnce);
    CEEMS_TRY_VOID(statement.run());
    deleted = connection_->changes();
    // Most calls find nothing.
    if (deleted == 0) return {};
    CEEMS_TRY_VOID(changes.apply());
    CEEMS_TRY_VOID(transaction.commit());
  }
  return {};
}

base::Status DatabaseWriter::delete_usage_until(const std::string& last) {
  CEEMS_TRY(Transaction transaction, Transaction::begin(*connection_, Transaction::Kind::kWrite));
  RollupChanges changes(*connection_);
  CEEMS_TRY_VOID(changes.begin());
  CEEMS_TRY_VOID(changes.removed_days("last_updated_at <= ?", {last}));
  std::int64_t deleted = 0;
  for (const char* table : {"usage", "daily_usage"}) {
    CEEMS_TRY(Statement statement,
              connection_->prepare(std::string("delete from ") + table + " where last_updated_at <= ?"));
    statement.bind(1, last);
    CEEMS_TRY_VOID(statement.run());
    deleted += connection_->changes();
  }
  if (deleted == 0) return {};
  CEEMS_TRY_VOID(changes.apply());
  return transaction.commit();
}

base::Status DatabaseWriter::purge(std::int64_t now_ms, std::int64_t retention_days) {
  const std::lock_guard lock(mutex_);
  const std::int64_t today = now_ms / kDayMs;
  const std::int64_t cutoff_ms = (today - retention_days) * kDayMs;
  CEEMS_TRY_VOID(delete_units_ended_by(cutoff_ms));
  CEEMS_TRY_VOID(delete_usage_until(options_.time_zone.local(cutoff_ms)));
  return prune_merged_memberships(*connection_, today);
}

}  // namespace

std::string database_path(const std::string& directory) {
  return base::join_path(directory, "ceems.db");
}

base::Result<std::unique_ptr<Writer>> Writer::open(WriterOptions options) {
  CEEMS_TRY_VOID(base::make_directories(options.directory, kDirectoryMode));
  CEEMS_TRY(auto connection,
            Connection::open(database_path(options.directory), Connection::Mode::kReadWrite, kBusyTimeout));
  CEEMS_TRY_VOID(
      connection->execute("pragma journal_mode = wal; pragma synchronous = normal; "
                          "pragma cache_size = -64000"));
  CEEMS_TRY_VOID(migrate(*connection));
  CEEMS_TRY_VOID(adopt_foreign_windows(*connection, options.time_zone));
  CEEMS_TRY_VOID(doubt_foreign_changes(*connection));
  CEEMS_TRY_VOID(adopt_mean_weights(*connection, options.weights));
  return std::make_unique<DatabaseWriter>(std::move(connection), std::move(options));
}

}  // namespace ceems::store
