#include "site_sql.h"

#include "site.h"
#include "store/time_zone.h"
#include "store/writer.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace ceems::bench {

namespace {

constexpr std::chrono::milliseconds kBusyTimeout{5'000};

std::string metric_columns() {
  std::string columns;
  for (const store::Metric metric : store::all_metrics())
    columns += fmt::format(", {}", store::metric_name(metric));
  return columns;
}

}  // namespace

base::Status SiteSql::open(const std::string& directory) {
  CEEMS_TRY(db_, store::Connection::open(store::database_path(directory), store::Connection::Mode::kReadOnly,
                                         kBusyTimeout));
  return {};
}
base::Status SiteSql::read(const std::string& sql, const std::vector<std::string>& values, int columns) {
  CEEMS_TRY(store::Statement statement, db_->prepare(sql));
  for (std::size_t i = 0; i < values.size(); ++i)
    statement.bind(static_cast<int>(i) + 1, values[i]);
  for (;;) {
    CEEMS_TRY(const bool row, statement.step());
    if (!row) return {};
    for (int column = 0; column < columns; ++column)
      bytes_ += statement.text(column).size();
  }
}

base::Status RowsAsTheyAre::read(const std::string& database, const std::vector<store::Unit>& units) {
  CEEMS_TRY(db_, store::Connection::open(database, store::Connection::Mode::kReadWrite, kBusyTimeout));
  CEEMS_TRY_VOID(db_->execute("pragma synchronous = normal; pragma cache_size = -64000"));
  std::vector<std::vector<std::string>> keys;
  std::set<std::vector<std::string>> owners;
  for (const store::Unit& unit : units) {
    keys.push_back({unit.uuid, unit.started_at});
    owners.insert({unit.username, unit.project});
  }
  CEEMS_TRY_VOID(read_table("units", "elapsed, state, tags, last_updated_at",
                            fmt::format("cluster_id = '{}' and uuid = ? and started_at = ?", kSiteCluster),
                            keys));
  const std::vector<std::vector<std::string>> of_owners(owners.begin(), owners.end());
  const std::string where = fmt::format("cluster_id = '{}' and username = ? and project = ?", kSiteCluster);
  CEEMS_TRY_VOID(read_table("usage", "last_updated_at", where, of_owners));
  return read_table(
      "daily_usage", "num_units",
      where + fmt::format(" and last_updated_at = '{}'", store::TimeZone().local(kSiteEndS * 1'000)),
      of_owners);
}

base::Status RowsAsTheyAre::read_table(const std::string& name, const std::string& columns,
                                       const std::string& where,
                                       const std::vector<std::vector<std::string>>& keys) {
  Table table;
  CEEMS_TRY(store::Statement statement, db_->prepare(fmt::format("select id, {}{} from {} where {}", columns,
                                                                 metric_columns(), name, where)));
  table.columns =
      static_cast<int>(std::ranges::count(columns, ',')) + 1 + static_cast<int>(store::kMetricCount);
  for (const std::vector<std::string>& key : keys) {
    for (std::size_t i = 0; i < key.size(); ++i)
      statement.bind(static_cast<int>(i) + 1, key[i]);
    CEEMS_TRY(const bool found, statement.step());
    if (found) {
      std::vector<std::string>& row = table.rows.emplace_back();
      for (int column = 0; column <= table.columns; ++column)
        row.emplace_back(statement.text(column));
    }
    statement.reset();
  }
  std::string assigned;
  for (const char c : columns + metric_columns() + ",") {
    if (c == ',') assigned += " = ?";
    assigned += c;
  }
  assigned.pop_back();
  table.update = fmt::format("update {} set {} where id = ?", name, assigned);
  tables_.push_back(std::move(table));
  return {};
}

base::Status RowsAsTheyAre::write() {
  CEEMS_TRY(store::Transaction transaction,
            store::Transaction::begin(*db_, store::Transaction::Kind::kWrite));
  for (const Table& table : tables_) {
    CEEMS_TRY(store::Statement statement, db_->prepare(table.update));
    for (const std::vector<std::string>& row : table.rows) {
      for (int column = 1; column <= table.columns; ++column)
        statement.bind_kept(column, row[static_cast<std::size_t>(column)]);
      statement.bind(table.columns + 1, row[0]);
      CEEMS_TRY_VOID(statement.run());
      statement.reset();
    }
  }
  return transaction.commit();
}

}  // namespace ceems::bench
