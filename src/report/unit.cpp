#include "report/unit.h"

#include "json/read.h"

#include <algorithm>

#include <boost/json/monotonic_resource.hpp>

namespace ceems::report {

namespace {

Metrics metrics_of(const json::value& unit, std::string_view name) {
  Metrics metrics;
  const json::object* members = json::object_member(unit, name);
  if (members == nullptr) return metrics;
  for (const auto& member : *members) {
    if (member.value().is_number())
      metrics.emplace_back(std::string(member.key()), member.value().to_number<double>());
  }
  std::ranges::sort(metrics);
  return metrics;
}

Unit unit_of(const json::value& object) {
  Unit unit;
  for (const Field& field : all_fields()) {
    if (field.kind == FieldKind::kText) {
      unit.texts[field.slot] = json::text_member(object, field.api);
    } else {
      unit.metrics[field.slot] = metrics_of(object, field.api);
    }
  }
  unit.total_time_seconds = metrics_of(object, "total_time_seconds");
  unit.started_at_ms = json::integer_member(object, "started_at_ts").value_or(0);
  unit.ended_at_ms = json::integer_member(object, "ended_at_ts").value_or(0);
  return unit;
}

std::vector<std::string> warnings_of(const json::value& envelope) {
  std::vector<std::string> warnings;
  const json::array* list = json::array_member(envelope, "warnings");
  if (list == nullptr) return warnings;
  for (const json::value& item : *list) {
    if (const json::string* text = item.if_string()) warnings.emplace_back(*text);
  }
  return warnings;
}

}  // namespace

const double* find_metric(const Metrics& metrics, std::string_view name) {
  const auto found = std::ranges::find(metrics, name, &Metrics::value_type::first);
  return found == metrics.end() ? nullptr : &found->second;
}

base::Result<UnitsAnswer> parse_units(std::string_view text) {
  boost::json::monotonic_resource memory;
  const auto envelope = json::parse(text, "", &memory);
  if (!envelope || !envelope->is_object())
    return base::fail(base::ErrorCode::kInvalid, "", "the server's answer is not JSON of the expected form");

  const std::string status = json::text_member(*envelope, "status");
  if (status == "error") {
    const std::string reason = json::text_member(*envelope, "error");
    return base::fail(base::ErrorCode::kUnavailable, "", "{}", reason.empty() ? "unknown error" : reason);
  }
  const json::value* data = json::member(*envelope, "data");
  if (status != "success" || data == nullptr)
    return base::fail(base::ErrorCode::kInvalid, "", "the server's answer is not that of a CEEMS API server");

  UnitsAnswer answer;
  answer.warnings = warnings_of(*envelope);
  const json::array* list = data->if_array();
  if (list == nullptr) {
    if (data->is_null()) return answer;
    return base::fail(base::ErrorCode::kInvalid, "", "the server's answer holds no list of units");
  }
  answer.units.reserve(list->size());
  for (const json::value& item : *list) {
    if (item.is_object()) answer.units.push_back(unit_of(item));
  }
  return answer;
}

}  // namespace ceems::report
