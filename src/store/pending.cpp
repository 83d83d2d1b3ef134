#include "store/pending.h"

#include "base/log.h"
#include "store/json_scan.h"

#include <algorithm>
#include <utility>

namespace ceems::store {

namespace {

constexpr std::size_t kUnitTexts = 5;
constexpr std::size_t kQueryTexts = 2;

// Both lists are stored flat, as JSON lists of strings.
std::string queries_text(const std::vector<PendingQuery>& queries) {
  std::vector<std::string> texts;
  for (const PendingQuery& query : queries) {
    texts.emplace_back(metric_name(query.metric));
    texts.push_back(query.name);
  }
  return to_json(texts);
}

std::string units_text(const std::vector<PendingUnit>& units) {
  std::vector<std::string> texts;
  texts.reserve(units.size() * kUnitTexts);
  for (const PendingUnit& unit : units)
    for (const std::string& text :
         {unit.key.uuid, unit.key.started_at, unit.project, unit.username, to_json(unit.times)})
      texts.push_back(text);
  return to_json(texts);
}

base::Status read_lists(std::string_view queries, std::string_view units, PendingWindow& window) {
  CEEMS_TRY(std::vector<std::string> texts, parse_string_list(queries));
  for (std::size_t i = 0; i + kQueryTexts <= texts.size(); i += kQueryTexts) {
    const auto metric = find_metric(texts[i]);
    if (metric) window.queries.push_back({*metric, std::move(texts[i + 1])});
  }
  CEEMS_TRY(texts, parse_string_list(units));
  for (std::size_t i = 0; i + kUnitTexts <= texts.size(); i += kUnitTexts) {
    CEEMS_TRY(MetricMap times, parse_metric_map(texts[i + 4]));
    window.units.push_back({.key = {.uuid = std::move(texts[i]), .started_at = std::move(texts[i + 1])},
                            .project = std::move(texts[i + 2]),
                            .username = std::move(texts[i + 3]),
                            .times = std::move(times)});
  }
  return {};
}

constexpr const char* kColumns =
    "select id, cluster_id, updater_id, window_end_ms, range_start_ms, range_end_ms, manager, queries, "
    "units, "
    "attempts, next_attempt_ms, reason from ceems_pending_windows ";

base::Result<PendingWindow> read_row(const Statement& row) {
  PendingWindow window;
  window.id = row.integer(0);
  window.cluster_id = row.text(1);
  window.updater_id = row.text(2);
  window.window_end_ms = row.integer(3);
  window.range_start_ms = row.integer(4);
  window.range_end_ms = row.integer(5);
  window.manager = row.text(6);
  window.attempts = static_cast<int>(row.integer(9));
  window.next_attempt_ms = row.integer(10);
  window.reason = row.text(11);
  if (auto status = read_lists(row.text(7), row.text(8), window); !status) {
    base::Logger().error("a window that waits for its queries cannot be read and is given up",
                         {{"error", status.error()}, {"cluster", window.cluster_id}, {"id", window.id}});
    window.queries.clear();
    window.units.clear();
  }
  return window;
}

std::string key_of(std::initializer_list<std::string_view> parts) {
  std::string key;
  for (const std::string_view part : parts) {
    key += part;
    key += '\0';
  }
  return key;
}

}  // namespace

std::string day_marker(const TimeZone& time_zone, Accounting accounting, std::int64_t window_end_ms) {
  constexpr std::int64_t kDayMs = 86'400'000;
  if (accounting == Accounting::kExact) return time_zone.local(time_zone.day_start(window_end_ms - 1));
  return time_zone.local(window_end_ms - window_end_ms % kDayMs);
}

base::Status insert_pending(Connection& connection, const PendingWindow& window) {
  CEEMS_TRY(
      Statement statement,
      connection.prepare("insert into ceems_pending_windows (cluster_id, updater_id, window_end_ms, "
                         "range_start_ms, range_end_ms, manager, queries, units, attempts, next_attempt_ms, "
                         "reason) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  statement.bind(1, window.cluster_id)
      .bind(2, window.updater_id)
      .bind(3, window.window_end_ms)
      .bind(4, window.range_start_ms)
      .bind(5, window.range_end_ms)
      .bind(6, window.manager)
      .bind(7, queries_text(window.queries))
      .bind(8, units_text(window.units))
      .bind(9, std::int64_t{window.attempts})
      .bind(10, window.next_attempt_ms)
      .bind(11, window.reason);
  return statement.run();
}

base::Result<std::optional<PendingWindow>> read_pending(Connection& connection, std::int64_t id) {
  CEEMS_TRY(Statement statement, connection.prepare(std::string(kColumns) + "where id = ?"));
  statement.bind(1, id);
  CEEMS_TRY(const bool row, statement.step());
  if (!row) return std::nullopt;
  CEEMS_TRY(PendingWindow window, read_row(statement));
  return window;
}

base::Result<std::vector<PendingWindow>> read_due(Connection& connection, std::int64_t now_ms,
                                                  std::size_t limit) {
  CEEMS_TRY(Statement statement,
            connection.prepare(std::string(kColumns) +
                               "where next_attempt_ms <= ? order by next_attempt_ms, id limit ?"));
  statement.bind(1, now_ms).bind(2, static_cast<std::int64_t>(limit));
  std::vector<PendingWindow> windows;
  for (;;) {
    CEEMS_TRY(const bool row, statement.step());
    if (!row) return windows;
    CEEMS_TRY(PendingWindow window, read_row(statement));
    windows.push_back(std::move(window));
  }
}

base::Status update_pending(Connection& connection, const PendingWindow& window) {
  if (window.queries.empty()) {
    CEEMS_TRY(Statement statement, connection.prepare("delete from ceems_pending_windows where id = ?"));
    statement.bind(1, window.id);
    return statement.run();
  }
  CEEMS_TRY(
      Statement statement,
      connection.prepare("update ceems_pending_windows set queries = ?, attempts = ?, next_attempt_ms = ?, "
                         "reason = ? where id = ?"));
  statement.bind(1, queries_text(window.queries))
      .bind(2, std::int64_t{window.attempts})
      .bind(3, window.next_attempt_ms)
      .bind(4, window.reason)
      .bind(5, window.id);
  return statement.run();
}

base::Status MissingIndex::load(Connection& connection, std::string_view cluster_id) {
  weights_.clear();
  CEEMS_TRY(Statement statement, connection.prepare(std::string(kColumns) + "where cluster_id = ?"));
  statement.bind(1, cluster_id);
  for (;;) {
    CEEMS_TRY(const bool row, statement.step());
    if (!row) return {};
    CEEMS_TRY(const PendingWindow window, read_row(statement));
    for (const PendingQuery& query : window.queries)
      for (const PendingUnit& unit : window.units)
        add(window, unit, query);
  }
}

void MissingIndex::add(const PendingWindow& window, const PendingUnit& unit, const PendingQuery& query) {
  change(window, unit, query, 1);
}

void MissingIndex::subtract(const PendingWindow& window, const PendingUnit& unit, const PendingQuery& query) {
  change(window, unit, query, -1);
}

void MissingIndex::change(const PendingWindow& window, const PendingUnit& unit, const PendingQuery& query,
                          double sign) {
  if (combination(query.metric) != Combination::kWeightedMean) return;
  const double weight = sign * means_.weight_of(query.metric, query.name, unit.times);
  const std::string marker = day_marker(time_zone_, accounting_, window.window_end_ms);
  for (const std::string& key :
       {key_of({"unit", unit.key.uuid, unit.key.started_at}), key_of({"usage", unit.project, unit.username}),
        key_of({"day", unit.project, unit.username, marker})})
    weights_[key][query.metric].add(query.name, weight);
}

const MissingWeights& MissingIndex::find(std::initializer_list<std::string_view> parts) const {
  static const MissingWeights kNothing;
  // Mostly nothing is owed.
  if (weights_.empty()) return kNothing;
  const auto at = weights_.find(key_of(parts));
  return at == weights_.end() ? kNothing : at->second;
}

const MissingWeights& MissingIndex::of_unit(const UnitKey& key) const {
  return find({"unit", key.uuid, key.started_at});
}

const MissingWeights& MissingIndex::of_usage(std::string_view project, std::string_view username) const {
  return find({"usage", project, username});
}

const MissingWeights& MissingIndex::of_day(std::string_view project, std::string_view username,
                                           std::string_view marker) const {
  return find({"day", project, username, marker});
}

}  // namespace ceems::store
