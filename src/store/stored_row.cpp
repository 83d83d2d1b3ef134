#include "store/stored_row.h"

#include "store/owners.h"
#include "store/tolerant.h"

#include <fmt/format.h>

namespace ceems::store {

namespace {

constexpr int kFirstMetricParameter = 100;

int parameter_of(Metric metric) {
  return kFirstMetricParameter + static_cast<int>(metric);
}

}  // namespace

std::string metric_columns() {
  std::string list;
  for (const Metric metric : all_metrics())
    list += fmt::format("{}{}", list.empty() ? "" : ", ", metric_name(metric));
  return list;
}

std::string select_row(std::string_view table, std::string_view fact, std::string_view where,
                       std::string_view detail) {
  return fmt::format("select id, {}, {}, {}, last_updated_at, {} from {} where {}", detail, fact,
                     kOwnerColumns, metric_columns(), table, where);
}

base::Result<bool> find_row(Connection& connection, const std::string& select,
                            std::initializer_list<std::string_view> key, FoundRow& row, RowState& state,
                            Metrics& metrics) {
  CEEMS_TRY(Statement statement, connection.prepare(select));
  int parameter = 1;
  for (const std::string_view part : key)
    statement.bind_kept(parameter++, part);
  CEEMS_TRY(const bool found, statement.step());
  if (!found) return false;
  row.id = statement.integer(0);
  row.detail = statement.text(1);
  state.fact = statement.integer(2);
  read_owner(statement, 3, state.owner);
  int column = 3 + static_cast<int>(kOwnerTexts);
  state.last_updated_at = statement.text(column++);
  for (const Metric metric : all_metrics()) {
    const std::string_view text = statement.text(column++);
    state.metrics[static_cast<std::size_t>(metric)] = text;
    metrics[metric] = read_metric_map(text);
  }
  return true;
}

void add_window(Metrics& metrics, const Metrics& added, const MeanWeights& weights,
                const MissingWeights& missing) {
  const MetricMap& old_times = metrics[Metric::kTotalTimeSeconds];
  const MetricMap& new_times = added[Metric::kTotalTimeSeconds];
  // Means first: they are weighed by the time that was there before.
  for (const Metric metric : all_metrics()) {
    if (combination(metric) != Combination::kWeightedMean) continue;
    const auto weigh = [&](const MetricMap& times) {
      return [&](const std::string& name) { return weights.weight_of(metric, name, times); };
    };
    metrics[metric] =
        weighted_mean(metrics[metric], added[metric], weigh(old_times), weigh(new_times), missing[metric]);
  }
  for (const Metric metric : all_metrics()) {
    if (added[metric].empty()) continue;
    switch (combination(metric)) {
      case Combination::kSum:
        for (const auto& [name, value] : added[metric])
          metrics[metric].add(name, value);
        break;
      case Combination::kMinimum:
        metrics[metric] = minimum(metrics[metric], added[metric]);
        break;
      case Combination::kMaximum:
        metrics[metric] = maximum(metrics[metric], added[metric]);
        break;
      case Combination::kWeightedMean:
        break;
    }
  }
}

std::string assigned_metrics() {
  std::string list;
  for (const Metric metric : all_metrics())
    list += fmt::format(", {} = ?{}", metric_name(metric), parameter_of(metric));
  return list;
}

std::string metric_parameters() {
  std::string list;
  for (const Metric metric : all_metrics())
    list += fmt::format("{}?{}", list.empty() ? "" : ", ", parameter_of(metric));
  return list;
}

void bind_metrics(Statement& statement, const Metrics& metrics, MetricTexts& texts) {
  for (const Metric metric : all_metrics()) {
    std::string& text = texts[static_cast<std::size_t>(metric)];
    text.clear();
    append_json(text, metrics[metric]);
    statement.bind_kept(parameter_of(metric), text);
  }
}

}  // namespace ceems::store
