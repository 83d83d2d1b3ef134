#include "store/global_usage.h"

#include "store/tolerant.h"
#include "store/usage_columns.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace ceems::store {

namespace {

constexpr std::size_t kPage = 256;

class GlobalCursor final : public UsageCursor {
 public:
  GlobalCursor(ConnectionPool& pool, UsageQuery query)
      : pool_(pool), query_(std::move(query)), metrics_(wanted_metrics(query_)) {}

  base::Result<std::vector<Usage>> next() override;

 private:
  base::Status find_rows(Connection& connection);
  Usage read(const Statement& row) const;

  ConnectionPool& pool_;
  UsageQuery query_;
  std::vector<Metric> metrics_;
  std::optional<std::vector<std::int64_t>> ids_;  // in order
  std::size_t next_ = 0;
};

base::Status GlobalCursor::find_rows(Connection& connection) {
  ids_.emplace();
  const Conditions conditions = usage_conditions(query_);
  CEEMS_TRY(Statement statement,
            connection.prepare(fmt::format(
                "select id from usage{} order by cluster_id, username, project, id", conditions.where())));
  conditions.bind(statement);
  for (;;) {
    CEEMS_TRY(const bool row, statement.step());
    if (!row) return {};
    ids_->push_back(statement.integer(0));
  }
}

Usage GlobalCursor::read(const Statement& row) const {
  Usage usage;
  usage.num_units = row.integer(0);
  std::string owner;
  read_owner(row, 1, owner);
  set_owner(usage, owner);
  int column = 1 + static_cast<int>(kOwnerTexts);
  for (const Metric metric : metrics_)
    usage.metrics[metric] = read_metric_map(row.text(column++));
  return usage;
}

base::Result<std::vector<Usage>> GlobalCursor::next() {
  CEEMS_TRY(const ConnectionPool::Lease connection, pool_.borrow());
  CEEMS_TRY(Transaction transaction, Transaction::begin(*connection, Transaction::Kind::kRead));
  if (!ids_) CEEMS_TRY_VOID(find_rows(*connection));
  std::string columns;
  for (const Metric metric : metrics_)
    columns += fmt::format(", {}", metric_name(metric));
  std::vector<Usage> page;
  {
    CEEMS_TRY(Statement row, connection->prepare(fmt::format("select num_units, {}{} from usage where id = ?",
                                                             kOwnerColumns, columns)));
    for (; page.size() < kPage && next_ < ids_->size(); ++next_) {
      row.bind(1, (*ids_)[next_]);
      CEEMS_TRY(const bool found, row.step());
      // A row that retention took away since is simply not there any more.
      if (found) page.push_back(read(row));
      row.reset();
    }
  }
  CEEMS_TRY_VOID(transaction.commit());
  return page;
}

}  // namespace

std::unique_ptr<UsageCursor> make_global_cursor(ConnectionPool& pool, UsageQuery query) {
  return std::make_unique<GlobalCursor>(pool, std::move(query));
}

}  // namespace ceems::store
