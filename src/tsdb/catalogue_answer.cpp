#include "config/duration.h"
#include "tsdb/catalogue.h"
#include "tsdb/json_answer.h"

#include <utility>

#include <boost/json/monotonic_resource.hpp>

namespace ceems::tsdb {

namespace {

base::Result<const json::array*> parse_array(std::string_view body, json::value& tree) {
  CEEMS_TRY(const json::value* data, parse_answer(body, tree));
  if (!data->is_array()) return invalid_answer("the answer is no list");
  return &data->get_array();
}

}  // namespace

std::string_view label_of(const LabelSet& labels, std::string_view name) {
  for (const LabelPair& pair : labels)
    if (pair.name == name) return pair.value;
  return {};
}

base::Result<std::vector<LabelSet>> parse_series(std::string_view body) {
  boost::json::monotonic_resource memory;
  json::value tree(&memory);
  CEEMS_TRY(const json::array* list, parse_array(body, tree));
  std::vector<LabelSet> series;
  series.reserve(list->size());
  for (const json::value& element : *list) {
    const json::object* const object = element.if_object();
    if (object == nullptr) return invalid_answer("a series is no set of labels");
    LabelSet labels;
    labels.reserve(object->size());
    for (const auto& label : *object) {
      if (!label.value().is_string()) return invalid_answer("a label is not text");
      labels.push_back({std::string(label.key().data(), label.key().size()),
                        std::string(json::view(label.value().get_string()))});
    }
    series.push_back(std::move(labels));
  }
  return series;
}

base::Result<std::vector<std::string>> parse_label_values(std::string_view body) {
  json::value tree;
  CEEMS_TRY(const json::array* list, parse_array(body, tree));
  std::vector<std::string> values;
  for (const json::value& element : *list) {
    if (!element.is_string()) return invalid_answer("a label's value is not text");
    values.emplace_back(json::view(element.get_string()));
  }
  return values;
}

base::Result<std::map<std::string, Milliseconds>> parse_scrape_intervals(std::string_view body) {
  json::value tree;
  CEEMS_TRY(const json::value* data, parse_answer(body, tree));
  const json::array* const targets = json::array_member(*data, "activeTargets");
  if (targets == nullptr) return invalid_answer("the answer has no active targets");
  std::map<std::string, Milliseconds> intervals;
  for (const json::value& target : *targets) {
    const json::value* const labels = json::member(target, "discoveredLabels");
    if (labels == nullptr) continue;
    const auto job = json::find_text(*labels, "job");
    const auto interval =
        config::parse_duration(json::find_text(*labels, "__scrape_interval__").value_or(""));
    if (!job || job->empty() || !interval || interval->count() <= 0) continue;
    const auto [at, added] = intervals.emplace(*job, *interval);
    if (!added && *interval < at->second) at->second = *interval;
  }
  return intervals;
}

}  // namespace ceems::tsdb
