#include "api/schemas.h"

#include "store/model.h"

#include <array>
#include <initializer_list>
#include <string>
#include <utility>

#include <boost/json/array.hpp>
#include <fmt/format.h>

namespace ceems::api {

namespace {

namespace json = boost::json;
using store::UnitField;
using store::UsageField;

struct RowKind {
  Rows rows;
  std::string_view model;     // its schema
  std::string_view envelope;  // schema of a list of them
};
constexpr std::array kRowKinds{
    RowKind{Rows::kNone, "", "http.Response-any"},
    RowKind{Rows::kUnits, "models.Unit", "http.Response-models_Unit"},
    RowKind{Rows::kUsage, "models.Usage", "http.Response-models_Usage"},
    RowKind{Rows::kUsers, "models.User", "http.Response-models_User"},
    RowKind{Rows::kProjects, "models.Project", "http.Response-models_Project"},
    RowKind{Rows::kStats, "models.Stat", "http.Response-models_Stat"},
    RowKind{Rows::kClusters, "models.Cluster", "http.Response-models_Cluster"},
    RowKind{Rows::kClaims, "models.Claim", "http.Response-models_Claim"},
};

json::string text(std::string_view value) {
  return json::string(value.data(), value.size());
}

json::object type(std::string_view name) {
  return {{"type", text(name)}};
}
json::object whole_number() {
  return {{"type", "integer"}, {"format", "int64"}};
}
json::object list_of(json::object items) {
  return {{"type", "array"}, {"items", std::move(items)}};
}
json::object metric_map() {
  return {{"type", "object"}, {"additionalProperties", type("number")}};
}
json::object object_of(json::object properties, std::initializer_list<std::string_view> required) {
  json::object object = type("object");
  object["properties"] = std::move(properties);
  json::array names;
  for (const std::string_view name : required)
    names.emplace_back(text(name));
  if (!names.empty()) object["required"] = std::move(names);
  return object;
}

json::string_view key(std::string_view name) {
  return {name.data(), name.size()};
}

template <class Field>
bool is_metric(Field field, std::size_t count) {
  const auto first = static_cast<std::size_t>(Field::kMetrics);
  return store::index(field) >= first && store::index(field) < first + count;
}

json::object schema_of(UnitField field) {
  if (is_metric(field, store::kMetricCount)) return metric_map();
  switch (field) {
    case UnitField::kCreatedAtTs:
    case UnitField::kStartedAtTs:
    case UnitField::kEndedAtTs:
      return whole_number();
    case UnitField::kAllocation:
    case UnitField::kTags:
      return type("object");
    default:
      return type("string");
  }
}

json::object unit_schema() {
  json::object properties;
  for (std::size_t i = 0; i < store::kUnitFieldCount; ++i) {
    const auto field = static_cast<UnitField>(i);
    properties[key(store::field_name(field))] = schema_of(field);
  }
  return object_of(std::move(properties), {"uuid"});
}

json::object usage_schema() {
  json::object properties;
  for (std::size_t i = 0; i < store::kUsageFieldCount; ++i) {
    const auto field = static_cast<UsageField>(i);
    properties[key(store::field_name(field))] = is_metric(field, store::kMetricCount) ? metric_map()
                                                : field == UsageField::kNumUnits      ? whole_number()
                                                                                      : type("string");
  }
  return object_of(std::move(properties),
                   {"cluster_id", "resource_manager", "num_units", "project", "groupname", "username"});
}

// Of a user or a project, whose list is named `list`.
json::object person_schema(std::string_view list, std::initializer_list<std::string_view> required) {
  json::object properties;
  for (const char* name : {"uid", "cluster_id", "resource_manager", "name"})
    properties[name] = type("string");
  properties[key(list)] = list_of(type("string"));
  properties["tags"] = list_of(type("string"));
  return object_of(std::move(properties), required);
}

json::object stat_schema() {
  json::object properties{{"cluster_id", type("string")}, {"resource_manager", type("string")}};
  for (const char* name :
       {"num_units", "num_inactive_units", "num_active_units", "num_projects", "num_users"})
    properties[name] = whole_number();
  return object_of(std::move(properties),
                   {"cluster_id", "resource_manager", "num_units", "num_inactive_units", "num_active_units",
                    "num_projects", "num_users"});
}

json::object claim_schema() {
  json::object bound = whole_number();
  bound["nullable"] = true;
  json::object range = list_of(std::move(bound));
  range["minItems"] = 2;
  range["maxItems"] = 2;
  return object_of(
      {{"uuid", type("string")}, {"owned", type("boolean")}, {"nobody_else", list_of(std::move(range))}},
      {"uuid", "owned", "nobody_else"});
}

json::object status_schema(std::string_view word) {
  return {{"type", "string"}, {"enum", json::array{text(word)}}};
}

// `model` is "" for an answer without rows.
json::object envelope_schema(std::string_view model) {
  json::object data{{"type", "array"}, {"nullable", true}};
  data["items"] = model.empty() ? json::object()
                                : json::object{{"$ref", text(fmt::format("#/components/schemas/{}", model))}};
  return object_of({{"status", status_schema("success")},
                    {"data", std::move(data)},
                    {"warnings", list_of(type("string"))}},
                   {"status", "data"});
}

json::object error_schema() {
  json::object data{{"type", "array"}, {"nullable", true}, {"items", json::object()}};
  return object_of({{"status", status_schema("error")},
                    {"data", std::move(data)},
                    {"errorType", json::object{{"$ref", "#/components/schemas/http.errorType"}}},
                    {"error", type("string")}},
                   {"status", "data", "errorType", "error"});
}

json::object error_type_schema() {
  return {{"type", "string"},
          {"enum", json::array{"unauthorized", "forbidden", "bad_data", "execution", "internal"}}};
}

}  // namespace

std::vector<std::string_view> names_of(ValueKind kind) {
  std::vector<std::string_view> names;
  switch (kind) {
    case ValueKind::kUnitField:
      for (std::size_t i = 0; i < store::kUnitFieldCount; ++i)
        names.push_back(store::field_name(static_cast<UnitField>(i)));
      break;
    case ValueKind::kUsageField:
      for (std::size_t i = 0; i < store::kUsageFieldCount; ++i)
        names.push_back(store::field_name(static_cast<UsageField>(i)));
      break;
    case ValueKind::kGrouping:
      names = {"cluster_id", "resource_manager", "project", "groupname", "username"};
      break;
    case ValueKind::kAdminRole:
      names = {"admin"};
      break;
    default:
      break;
  }
  return names;
}

std::string_view envelope_name(Rows rows) {
  for (const RowKind& kind : kRowKinds)
    if (kind.rows == rows) return kind.envelope;
  return "";
}

json::object component_schemas() {
  json::object schemas;
  schemas["models.Unit"] = unit_schema();
  schemas["models.Usage"] = usage_schema();
  schemas["models.User"] = person_schema("projects", {"cluster_id", "name"});
  schemas["models.Project"] = person_schema("users", {"cluster_id", "resource_manager", "name", "users"});
  schemas["models.Stat"] = stat_schema();
  schemas["models.Cluster"] =
      object_of({{"id", type("string")}, {"manager", type("string")}}, {"id", "manager"});
  schemas["models.Claim"] = claim_schema();
  for (const RowKind& kind : kRowKinds)
    schemas[key(kind.envelope)] = envelope_schema(kind.model);
  schemas["http.Response-error"] = error_schema();
  schemas["http.errorType"] = error_type_schema();
  return schemas;
}

}  // namespace ceems::api
