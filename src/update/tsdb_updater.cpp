#include "update/tsdb_updater.h"

#include "base/log.h"
#include "tsdb/promql_text.h"
#include "update/batches.h"
#include "update/query_runner.h"
#include "update/template.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <span>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

namespace ceems::update {

namespace {

using store::Metric;

// Prometheus keeps this much unless told otherwise.
constexpr Milliseconds kUsualRetention = std::chrono::hours(15 * 24);

struct Query {
  store::PendingQuery name;
  QueryTemplate text;
};

double cleaned(Metric metric, double value) {
  if (!std::isfinite(value)) return 0;
  const store::Combination how = store::combination(metric);
  const bool may_be_negative = how == store::Combination::kMinimum || how == store::Combination::kMaximum;
  return may_be_negative ? value : std::max(value, 0.0);
}

class TsdbUpdater final : public Updater {
 public:
  TsdbUpdater(UpdaterSettings settings, tsdb::Client& client, std::vector<Query> queries)
      : settings_(std::move(settings)), client_(client), queries_(std::move(queries)) {}

  const std::string& id() const override { return settings_.id; }
  MetricSet metrics() const override;
  Milliseconds shortest_window() override { return client_.settings().rate_interval(); }
  // The sums of a unit that ended go on for a rate interval, and a rule records them up to an evaluation
  // later.
  Milliseconds settling_time() override {
    const tsdb::Settings server = client_.settings();
    return server.rate_interval() + server.evaluation_interval;
  }
  base::Result<Filled> fill(const std::string& cluster_id, const Window& window,
                            std::vector<store::Unit> units, const MetricSet& metrics, TimePoint now) override;
  base::Result<store::PendingOutcome> ask_again(const store::PendingWindow& pending, TimePoint now) override;
  base::Status clean_up(const Cleanup& cleanup) override {
    return client_.delete_series(cleanup.matchers, cleanup.start, cleanup.end);
  }
  void cancel() override { client_.cancel(); }

 private:
  void mark_ignored(std::vector<store::Unit>& units) const;
  Cleanup make_cleanup(const std::vector<store::Unit>& units, const Window& window) const;
  // Those of `metrics` that can tell this batch's units from others of the same id.
  std::vector<const Query*> queries_of(const MetricSet& metrics, const Batch& batch) const;
  // Puts what was found into the units; what was not found is owed.
  store::PendingWindow take_answers(const Batch& batch, const std::vector<const Query*>& queries,
                                    std::span<const Answer> answers, std::vector<store::Unit>& units) const;
  Question question(const Query& query, const Batch& batch, const std::vector<store::Unit>& units,
                    const tsdb::Settings& server) const;

  UpdaterSettings settings_;
  tsdb::Client& client_;
  std::vector<Query> queries_;
};

MetricSet TsdbUpdater::metrics() const {
  MetricSet metrics;
  for (const Query& query : queries_)
    metrics.set(static_cast<std::size_t>(query.name.metric));
  return metrics;
}

void TsdbUpdater::mark_ignored(std::vector<store::Unit>& units) const {
  for (store::Unit& unit : units)
    if (!unit.uuid.empty() && unit.ended_at_ts > 0 &&
        unit.ended_at_ts - unit.started_at_ts < settings_.tsdb.cutoff_duration.count())
      unit.ignored = true;
}

Cleanup TsdbUpdater::make_cleanup(const std::vector<store::Unit>& units, const Window& window) const {
  Cleanup cleanup{.matchers = settings_.tsdb.labels_to_drop,
                  .start = window.start - settings_.tsdb.cutoff_duration,
                  .end = window.end};
  if (!settings_.tsdb.delete_ignored) return cleanup;
  std::set<std::string> ignored;
  for (const store::Unit& unit : units)
    if (unit.ignored) ignored.insert(unit.uuid);
  // The id may belong to a unit that counts, too.
  for (const store::Unit& unit : units)
    if (!unit.ignored) ignored.erase(unit.uuid);
  // A matcher of no ids at all would match every series without one.
  if (!ignored.empty())
    cleanup.matchers.push_back(
        fmt::format("{{uuid=~{}}}", tsdb::quote(tsdb::any_of_regex({ignored.begin(), ignored.end()}))));
  return cleanup;
}

std::vector<const Query*> TsdbUpdater::queries_of(const MetricSet& metrics, const Batch& batch) const {
  std::vector<const Query*> chosen;
  for (const Query& query : queries_) {
    if (!metrics.test(static_cast<std::size_t>(query.name.metric))) continue;
    const bool is_sum = store::combination(query.name.metric) == store::Combination::kSum;
    if (batch.asked == (is_sum ? Asked::kAllButSums : Asked::kSums)) continue;
    if (batch.manager.empty() || query.text.can_name_manager()) chosen.push_back(&query);
  }
  return chosen;
}

Question TsdbUpdater::question(const Query& query, const Batch& batch, const std::vector<store::Unit>& units,
                               const tsdb::Settings& server) const {
  TemplateValues values{
      .manager = batch.manager, .range = batch.range.end - batch.range.start, .settings = server};
  for (const std::size_t i : batch.units)
    values.uuids.push_back(units[i].uuid);
  return {.promql = query.text.render(values), .time = batch.range.end, .lookback = server.scrape_interval};
}

store::PendingWindow TsdbUpdater::take_answers(const Batch& batch, const std::vector<const Query*>& queries,
                                               std::span<const Answer> answers,
                                               std::vector<store::Unit>& units) const {
  store::PendingWindow owed{.updater_id = settings_.id,
                            .range_start_ms = batch.range.start.time_since_epoch().count(),
                            .range_end_ms = batch.range.end.time_since_epoch().count(),
                            .manager = batch.manager};
  for (std::size_t n = 0; n < queries.size(); ++n) {
    const store::PendingQuery& name = queries[n]->name;
    if (!answers[n]) {
      owed.queries.push_back(name);
      owed.reason = answers[n].error().text();
      continue;
    }
    for (const std::size_t i : batch.units)
      if (const auto value = answers[n]->find(units[i].uuid); value != answers[n]->end())
        units[i].metrics[name.metric].set(name.name, cleaned(name.metric, value->second));
  }
  if (owed.queries.empty()) return owed;
  for (const std::size_t i : batch.units)
    owed.units.push_back({.key = {.uuid = units[i].uuid, .started_at = units[i].started_at},
                          .project = units[i].project,
                          .username = units[i].username,
                          .times = units[i].metrics[Metric::kTotalTimeSeconds]});
  return owed;
}

base::Result<Filled> TsdbUpdater::fill(const std::string& cluster_id, const Window& window,
                                       std::vector<store::Unit> units, const MetricSet& metrics,
                                       TimePoint now) {
  mark_ignored(units);
  for (store::Unit& unit : units)
    for (const Query& query : queries_)
      if (metrics.test(static_cast<std::size_t>(query.name.metric))) unit.metrics[query.name.metric].clear();
  const tsdb::Settings server = client_.settings();
  const std::vector<Batch> batches =
      make_batches(units, window,
                   batch_size(server, window.end - window.start, settings_.tsdb.query_max_series,
                              settings_.tsdb.query_min_samples),
                   server.rate_interval());
  std::vector<Question> questions;
  for (const Batch& batch : batches)
    for (const Query* query : queries_of(metrics, batch))
      questions.push_back(question(*query, batch, units, server));
  CEEMS_TRY(const std::vector<Answer> answers, run_queries(client_, questions));

  Filled filled;
  std::span<const Answer> rest = answers;
  for (const Batch& batch : batches) {
    const std::vector<const Query*> queries = queries_of(metrics, batch);
    store::PendingWindow owed = take_answers(batch, queries, rest.first(queries.size()), units);
    rest = rest.subspan(queries.size());
    if (owed.queries.empty()) continue;
    owed.cluster_id = cluster_id;
    owed.window_end_ms = window.end.time_since_epoch().count();
    owed.next_attempt_ms = (now + retry_delay(owed.attempts)).time_since_epoch().count();
    base::Logger().warn("queries failed and will be asked again", {{"cluster", cluster_id},
                                                                   {"updater", settings_.id},
                                                                   {"queries", owed.queries.size()},
                                                                   {"units", owed.units.size()},
                                                                   {"error", owed.reason}});
    filled.owed.push_back(std::move(owed));
  }
  filled.cleanup = make_cleanup(units, window);
  filled.units = std::move(units);
  return filled;
}

base::Result<store::PendingOutcome> TsdbUpdater::ask_again(const store::PendingWindow& pending,
                                                           TimePoint now) {
  store::PendingOutcome outcome{.id = pending.id};
  const tsdb::Settings server = client_.settings();
  const Milliseconds retention = server.retention.count() > 0 ? server.retention : kUsualRetention;
  const bool too_old = TimePoint(Milliseconds(pending.range_start_ms)) < now - retention;
  Batch batch{.range = {TimePoint(Milliseconds(pending.range_start_ms)),
                        TimePoint(Milliseconds(pending.range_end_ms))},
              .manager = pending.manager};
  std::vector<store::Unit> units;
  for (const store::PendingUnit& unit : pending.units) {
    batch.units.push_back(units.size());
    units.emplace_back().uuid = unit.key.uuid;
  }
  std::vector<store::PendingQuery> asked;
  std::vector<Question> questions;
  for (const store::PendingQuery& name : pending.queries) {
    const auto query = std::ranges::find(queries_, name, &Query::name);
    if (query == queries_.end() || too_old) {
      outcome.abandoned.push_back(name);
      continue;
    }
    asked.push_back(name);
    questions.push_back(question(*query, batch, units, server));
  }
  CEEMS_TRY(const std::vector<Answer> answers, run_queries(client_, questions));
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (!answers[i]) {
      outcome.reason = answers[i].error().text();
      continue;
    }
    store::LateAnswer late{.query = asked[i]};
    for (const auto& [uuid, value] : *answers[i])
      late.values.emplace_back(uuid, cleaned(asked[i].metric, value));
    outcome.answers.push_back(std::move(late));
  }
  const bool nothing_known = !asked.empty() && outcome.answers.empty() && outcome.abandoned.empty();
  if (nothing_known &&
      std::ranges::all_of(answers, [](const Answer& a) { return is_out_of_service(a.error()); }))
    return std::unexpected(answers.front().error());
  if (!outcome.abandoned.empty())
    base::Logger().error(too_old ? "a window is older than what the TSDB keeps: its queries are given up"
                                 : "queries of a window are not configured any more and are given up",
                         {{"cluster", pending.cluster_id},
                          {"updater", settings_.id},
                          {"queries", outcome.abandoned.size()},
                          {"units", pending.units.size()}});
  outcome.next_attempt_ms = (now + retry_delay(pending.attempts + 1)).time_since_epoch().count();
  return outcome;
}

}  // namespace

Milliseconds retry_delay(int attempts) {
  constexpr Milliseconds kFirst = std::chrono::minutes(1);
  constexpr Milliseconds kLongest = std::chrono::hours(1);
  constexpr int kDoublings = 6;
  return std::min(kFirst * (1 << std::clamp(attempts - 1, 0, kDoublings)), kLongest);
}

base::Result<std::unique_ptr<Updater>> make_tsdb_updater(const UpdaterSettings& settings,
                                                         tsdb::Client& client) {
  std::vector<Query> queries;
  for (const auto& [metric_name, by_name] : settings.tsdb.queries) {
    const auto metric = store::find_metric(metric_name);
    if (!metric || *metric == Metric::kTotalTimeSeconds) {
      base::Logger().warn("queries of a metric that does not exist are left out",
                          {{"updater", settings.id}, {"metric", metric_name}});
      continue;
    }
    for (const auto& [name, text] : by_name) {
      auto parsed = QueryTemplate::parse(text);
      if (!parsed)
        return base::fail(base::ErrorCode::kInvalid, fmt::format("{}: {}.{}", settings.id, metric_name, name),
                          "{}", parsed.error().message);
      queries.push_back({{*metric, name}, *std::move(parsed)});
    }
  }
  return std::make_unique<TsdbUpdater>(settings, client, std::move(queries));
}

}  // namespace ceems::update
