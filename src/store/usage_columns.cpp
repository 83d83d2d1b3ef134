#include "store/usage_columns.h"

#include <string>

namespace ceems::store {

Conditions usage_conditions(const UsageQuery& query, std::string_view plain_index) {
  const std::string cluster = std::string(plain_index) + "cluster_id";
  const std::string project = std::string(plain_index) + "project";
  Conditions conditions;
  conditions.add_list(cluster, query.clusters);
  conditions.add_list(project, query.projects);
  if (query.membership) conditions.add_pairs(cluster, project, *query.membership);
  return conditions;
}

std::vector<Metric> wanted_metrics(const UsageQuery& query) {
  std::vector<Metric> wanted;
  for (const Metric metric : all_metrics())
    if (query.fields.test(index(field_of_usage(metric)))) wanted.push_back(metric);
  return wanted;
}

}  // namespace ceems::store
