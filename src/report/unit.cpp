#include "report/unit.h"

#include <algorithm>

#include <boost/json.hpp>

namespace ceems::report {

namespace json = boost::json;

namespace {

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  const json::string* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(*text);
}

bool number_of(const json::value& value, double& number) {
  if (const auto* real = value.if_double()) {
    number = *real;
  } else if (const auto* signed_integer = value.if_int64()) {
    number = static_cast<double>(*signed_integer);
  } else if (const auto* unsigned_integer = value.if_uint64()) {
    number = static_cast<double>(*unsigned_integer);
  } else {
    return false;
  }
  return true;
}

Metrics metrics_of(const json::object& object, std::string_view key) {
  Metrics metrics;
  const json::value* value = object.if_contains(key);
  const json::object* members = value == nullptr ? nullptr : value->if_object();
  if (members == nullptr) return metrics;
  for (const json::key_value_pair& member : *members) {
    double number = 0;
    if (number_of(member.value(), number)) metrics.emplace_back(std::string(member.key()), number);
  }
  std::ranges::sort(metrics);
  return metrics;
}

std::int64_t integer_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  const std::int64_t* integer = value == nullptr ? nullptr : value->if_int64();
  return integer == nullptr ? 0 : *integer;
}

Unit unit_of(const json::object& object) {
  Unit unit;
  for (const Field& field : all_fields()) {
    if (field.kind == FieldKind::kText) {
      unit.texts[field.slot] = text_of(object, field.api);
    } else {
      unit.metrics[field.slot] = metrics_of(object, field.api);
    }
  }
  unit.total_time_seconds = metrics_of(object, "total_time_seconds");
  unit.started_at_ms = integer_of(object, "started_at_ts");
  unit.ended_at_ms = integer_of(object, "ended_at_ts");
  return unit;
}

std::vector<std::string> warnings_of(const json::object& envelope) {
  std::vector<std::string> warnings;
  const json::value* value = envelope.if_contains("warnings");
  const json::array* list = value == nullptr ? nullptr : value->if_array();
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
  json::error_code error;
  json::monotonic_resource memory;
  const json::value document = json::parse(text, error, &memory);
  const json::object* envelope = error ? nullptr : document.if_object();
  if (envelope == nullptr)
    return base::fail(base::ErrorCode::kInvalid, "", "the server's answer is not JSON of the expected form");

  const std::string status = text_of(*envelope, "status");
  if (status == "error") {
    const std::string reason = text_of(*envelope, "error");
    return base::fail(base::ErrorCode::kUnavailable, "", "{}", reason.empty() ? "unknown error" : reason);
  }
  const json::value* data = envelope->if_contains("data");
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
    if (const json::object* object = item.if_object()) answer.units.push_back(unit_of(*object));
  }
  return answer;
}

}  // namespace ceems::report
