#include "store/usage_rows.h"

#include "store/conditions.h"
#include "store/tolerant.h"

#include <algorithm>
#include <array>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

namespace ceems::store {

namespace {

Conditions row_conditions(const UsageQuery& query) {
  Conditions conditions;
  conditions.add_list("cluster_id", query.clusters);
  conditions.add_list("project", query.projects);
  if (query.membership) conditions.add_pairs("cluster_id", "project", *query.membership);
  return conditions;
}

std::string& text_of(Usage& usage, UsageField field) {
  switch (field) {
    case UsageField::kClusterId:
      return usage.cluster_id;
    case UsageField::kResourceManager:
      return usage.resource_manager;
    case UsageField::kProject:
      return usage.project;
    case UsageField::kGroupname:
      return usage.groupname;
    default:
      return usage.username;
  }
}

constexpr UsageField kTexts[] = {UsageField::kClusterId, UsageField::kResourceManager, UsageField::kProject,
                                 UsageField::kGroupname, UsageField::kUsername};

bool wants(const UsageFields& fields, Metric metric) {
  return fields.test(index(field_of_usage(metric)));
}

// The running combination of one metric over the rows of a group.
class Accumulator {
 public:
  void add(Metric metric, const MetricMap& row, const MetricMap& times) {
    switch (combination(metric)) {
      case Combination::kSum:
        for (const auto& [key, value] : row)
          values_.add(key, value);
        return;
      case Combination::kWeightedMean: {
        const double weight = times.value_or(weight_key(metric), 0);
        for (const auto& [key, value] : row) {
          values_.add(key, value * weight);
          weights_.add(key, weight);
        }
        return;
      }
      case Combination::kMinimum:
        values_ = minimum(values_, row);
        return;
      case Combination::kMaximum:
        values_ = maximum(values_, row);
        return;
    }
  }

  MetricMap result(Metric metric) const {
    if (combination(metric) != Combination::kWeightedMean) return values_;
    MetricMap means;
    for (const auto& [key, value] : values_) {
      const double weight = weights_.value_or(key, 0);
      means.set(key, weight > 0 ? value / weight : 0);
    }
    return means;
  }

 private:
  MetricMap values_;
  MetricMap weights_;
};

struct Group {
  Usage usage;
  std::array<Accumulator, kMetricCount> metrics;
};

// Adds rows to their groups; knows which columns are read, and in which order.
class Aggregation {
 public:
  explicit Aggregation(const CurrentUsageQuery& query) : query_(query) {
    for (const Metric metric : all_metrics()) {
      const bool is_weight = metric == Metric::kTotalTimeSeconds && needs_weights();
      if (wants(query.rows.fields, metric) || is_weight) read_.push_back(metric);
    }
  }

  std::string columns() const {
    std::string columns = query_.source == UsageSource::kDailyUsage ? "num_units" : "1";
    for (const UsageField field : kTexts)
      columns += fmt::format(", {}", field_name(field));
    for (const Metric metric : read_)
      columns += fmt::format(", {}", metric_name(metric));
    return columns;
  }

  void add(const Statement& row) {
    Group& group = group_of(row);
    group.usage.num_units += row.integer(0);
    MetricMap times;
    int column = 1 + static_cast<int>(std::size(kTexts));
    for (const Metric metric : read_) {
      const MetricMap map = read_metric_map(row.text(column++));
      // The times come first, being the first metric.
      if (metric == Metric::kTotalTimeSeconds) times = map;
      if (wants(query_.rows.fields, metric))
        group.metrics[static_cast<std::size_t>(metric)].add(metric, map, times);
    }
  }

  std::vector<Usage> take() {
    std::vector<Usage> rows;
    rows.reserve(groups_.size());
    for (auto& [key, group] : groups_) {
      for (const Metric metric : read_)
        if (wants(query_.rows.fields, metric))
          group.usage.metrics[metric] = group.metrics[static_cast<std::size_t>(metric)].result(metric);
      rows.push_back(std::move(group.usage));
    }
    std::ranges::sort(rows, {}, [](const Usage& row) {
      return std::tie(row.cluster_id, row.username, row.project, row.resource_manager, row.groupname);
    });
    return rows;
  }

 private:
  bool needs_weights() const {
    return std::ranges::any_of(all_metrics(), [this](Metric metric) {
      return combination(metric) == Combination::kWeightedMean && wants(query_.rows.fields, metric);
    });
  }

  bool groups_by(UsageField field) const {
    return field == UsageField::kUsername || field == UsageField::kProject ||
           std::ranges::find(query_.group_by, field) != query_.group_by.end();
  }

  Group& group_of(const Statement& row) {
    key_.clear();
    int column = 1;
    for (const UsageField field : kTexts) {
      if (groups_by(field)) {
        key_ += row.text(column);
        key_ += '\0';
      }
      ++column;
    }
    auto [at, inserted] = groups_.try_emplace(key_);
    if (inserted) {
      column = 1;
      for (const UsageField field : kTexts)
        text_of(at->second.usage, field) = row.text(column++);
    }
    return at->second;
  }

  const CurrentUsageQuery& query_;
  std::vector<Metric> read_;
  std::unordered_map<std::string, Group> groups_;
  std::string key_;
};

}  // namespace

base::Result<std::vector<Usage>> read_global_usage(Connection& connection, const UsageQuery& query) {
  std::vector<Metric> selected;
  std::string columns = "num_units";
  for (const UsageField field : kTexts)
    columns += fmt::format(", {}", field_name(field));
  for (const Metric metric : all_metrics()) {
    if (!wants(query.fields, metric)) continue;
    selected.push_back(metric);
    columns += fmt::format(", {}", metric_name(metric));
  }
  const Conditions conditions = row_conditions(query);
  CEEMS_TRY(Statement statement,
            connection.prepare(fmt::format("select {} from usage{} order by cluster_id, username, project",
                                           columns, conditions.where())));
  conditions.bind(statement);
  std::vector<Usage> rows;
  for (;;) {
    CEEMS_TRY(const bool row, statement.step());
    if (!row) return rows;
    Usage& usage = rows.emplace_back();
    usage.num_units = statement.integer(0);
    int column = 1;
    for (const UsageField field : kTexts)
      text_of(usage, field) = statement.text(column++);
    for (const Metric metric : selected)
      usage.metrics[metric] = read_metric_map(statement.text(column++));
  }
}

base::Result<std::vector<Usage>> read_current_usage(Connection& connection, const CurrentUsageQuery& query,
                                                    const TimeZone& time_zone) {
  const bool from_units = query.source == UsageSource::kUnits;
  Conditions conditions = row_conditions(query.rows);
  conditions.add("last_updated_at between ? and ?",
                 {time_zone.local(query.window.from_ms), time_zone.local(query.window.to_ms)});
  if (from_units && query.terminated_only) conditions.add("ended_at_ts > 0");
  Aggregation aggregation(query);
  CEEMS_TRY(Statement statement,
            connection.prepare(fmt::format("select {} from {}{}", aggregation.columns(),
                                           from_units ? "units" : "daily_usage", conditions.where())));
  conditions.bind(statement);
  for (;;) {
    CEEMS_TRY(const bool row, statement.step());
    if (!row) return aggregation.take();
    aggregation.add(statement);
  }
}

}  // namespace ceems::store
