#include "store/global_usage.h"

#include "store/metric_map.h"
#include "store/owners.h"
#include "store/tolerant.h"
#include "store/usage_columns.h"

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
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

  base::Result<bool> next(const std::function<void(const UsageText&)>& each) override;

 private:
  base::Status find_rows(Connection& connection);
  UsageText read(const Statement& row);

  ConnectionPool& pool_;
  UsageQuery query_;
  std::vector<Metric> metrics_;
  std::optional<std::vector<std::int64_t>> ids_;  // in order
  std::size_t next_ = 0;
  std::array<std::string, kMetricCount> rewritten_;  // of the last row
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

UsageText GlobalCursor::read(const Statement& row) {
  UsageText usage;
  usage.num_units = row.integer(0);
  usage.cluster_id = row.text(1);
  usage.resource_manager = row.text(2);
  usage.project = row.text(3);
  usage.groupname = row.text(4);
  usage.username = row.text(5);
  int column = 1 + static_cast<int>(kOwnerTexts);
  for (const Metric metric : metrics_) {
    const auto place = static_cast<std::size_t>(metric);
    std::string_view json = row.text(column++);
    if (!is_written_json(json)) {
      rewritten_[place] = to_json(read_metric_map(json));
      json = rewritten_[place];
    }
    if (json != "{}") usage.metrics[place] = json;
  }
  return usage;
}

base::Result<bool> GlobalCursor::next(const std::function<void(const UsageText&)>& each) {
  CEEMS_TRY(const ConnectionPool::Lease connection, pool_.borrow());
  CEEMS_TRY(Transaction transaction, Transaction::begin(*connection, Transaction::Kind::kRead));
  if (!ids_) CEEMS_TRY_VOID(find_rows(*connection));
  std::string columns;
  for (const Metric metric : metrics_)
    columns += fmt::format(", {}", metric_name(metric));
  std::size_t count = 0;
  {
    CEEMS_TRY(Statement row, connection->prepare(fmt::format("select num_units, {}{} from usage where id = ?",
                                                             kOwnerColumns, columns)));
    for (; count < kPage && next_ < ids_->size(); ++next_) {
      row.bind(1, (*ids_)[next_]);
      CEEMS_TRY(const bool found, row.step());
      // A row that retention took away since is simply not there any more.
      if (found) {
        each(read(row));
        ++count;
      }
      row.reset();
    }
  }
  CEEMS_TRY_VOID(transaction.commit());
  return count > 0;
}

}  // namespace

std::unique_ptr<UsageCursor> make_global_cursor(ConnectionPool& pool, UsageQuery query) {
  return std::make_unique<GlobalCursor>(pool, std::move(query));
}

}  // namespace ceems::store
