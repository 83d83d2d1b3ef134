#include "store/progress.h"

#include "base/log.h"
#include "base/text.h"

#include <algorithm>
#include <string>

namespace ceems::store {

namespace {

// The latest last_updated_at of usage that this program wrote.
constexpr std::string_view kLastWritten = "usage_last_updated_at";

// The name of what is kept of a cluster's first window.
std::string beginning_of(std::string_view cluster_id) {
  return "first_window_start_ms " + std::string(cluster_id);
}

base::Result<std::string> latest_usage(Connection& connection) {
  return connection.text_of("select max(last_updated_at) from usage");
}

}  // namespace

base::Result<std::optional<std::int64_t>> read_progress(Connection& connection, std::string_view cluster_id) {
  CEEMS_TRY(Statement statement,
            connection.prepare("select window_end_ms from ceems_cluster_progress where cluster_id = ?"));
  statement.bind(1, cluster_id);
  CEEMS_TRY(const bool row, statement.step());
  if (!row) return std::nullopt;
  return statement.integer(0);
}

base::Status write_progress(Connection& connection, const TimeZone& time_zone, std::string_view cluster_id,
                            std::int64_t window_end_ms) {
  {
    CEEMS_TRY(
        Statement statement,
        connection.prepare("insert into ceems_cluster_progress (cluster_id, window_end_ms) values (?, ?) "
                           "on conflict (cluster_id) do update set window_end_ms = excluded.window_end_ms"));
    statement.bind(1, cluster_id).bind(2, window_end_ms);
    CEEMS_TRY_VOID(statement.run());
  }
  CEEMS_TRY(const std::optional<std::string> written, read_state(connection, kLastWritten));
  return write_state(connection, kLastWritten,
                     std::max(written.value_or(""), time_zone.local(window_end_ms)));
}

base::Result<std::optional<std::int64_t>> read_beginning(Connection& connection,
                                                         std::string_view cluster_id) {
  CEEMS_TRY(const std::optional<std::string> text, read_state(connection, beginning_of(cluster_id)));
  return text ? base::parse_i64(*text) : std::nullopt;
}

base::Status write_beginning(Connection& connection, std::string_view cluster_id, std::int64_t start_ms) {
  return write_state(connection, beginning_of(cluster_id), std::to_string(start_ms));
}

base::Result<std::optional<std::int64_t>> database_end(Connection& connection, const TimeZone& time_zone) {
  CEEMS_TRY(const std::int64_t marked,
            connection.integer_of("select ifnull(max(window_end_ms), 0) from ceems_cluster_progress"));
  CEEMS_TRY(const std::string latest, latest_usage(connection));
  std::optional<std::int64_t> end;
  if (!latest.empty()) {
    end = time_zone.parse_local(latest);
    if (!end)
      base::Logger().error("the last update time in the database cannot be read and is ignored",
                           {{"last_updated_at", latest}});
  }
  if (marked > 0) end = std::max(end.value_or(0), marked);
  return end;
}

base::Status adopt_foreign_windows(Connection& connection, const TimeZone& time_zone) {
  CEEMS_TRY(const std::optional<std::string> written, read_state(connection, kLastWritten));
  CEEMS_TRY(const std::string latest, latest_usage(connection));
  if (!written || latest <= *written) return {};
  const auto end = time_zone.parse_local(latest);
  if (!end) return {};
  CEEMS_TRY(Transaction transaction, Transaction::begin(connection, Transaction::Kind::kWrite));
  {
    CEEMS_TRY(Statement statement,
              connection.prepare("update ceems_cluster_progress set window_end_ms = max(window_end_ms, ?)"));
    statement.bind(1, *end);
    CEEMS_TRY_VOID(statement.run());
  }
  CEEMS_TRY_VOID(write_state(connection, kLastWritten, latest));
  CEEMS_TRY_VOID(transaction.commit());
  base::Logger().info("another program has updated the database since; going on behind it",
                      {{"last_updated_at", latest}});
  return {};
}

base::Result<std::optional<std::string>> read_state(Connection& connection, std::string_view name) {
  CEEMS_TRY(Statement statement, connection.prepare("select value from ceems_state where name = ?"));
  statement.bind(1, name);
  CEEMS_TRY(const bool row, statement.step());
  if (!row) return std::nullopt;
  return std::string(statement.text(0));
}

base::Status write_state(Connection& connection, std::string_view name, std::string_view value) {
  CEEMS_TRY(Statement statement,
            connection.prepare("insert into ceems_state (name, value) values (?, ?) "
                               "on conflict (name) do update set value = excluded.value"));
  statement.bind(1, name).bind(2, value);
  return statement.run();
}

}  // namespace ceems::store
