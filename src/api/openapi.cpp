#include "api/openapi.h"

#include "api/fields.h"
#include "api/route_table.h"
#include "api/schemas.h"

#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace ceems::api {

namespace {

namespace json = boost::json;

json::string text(std::string_view value) {
  return json::string(value.data(), value.size());
}

json::object value_schema(ValueKind kind) {
  json::object schema;
  const bool is_number = kind == ValueKind::kWholeNumber || kind == ValueKind::kSeconds;
  schema["type"] = is_number ? "integer" : kind == ValueKind::kYes ? "boolean" : "string";
  if (is_number) schema["format"] = "int64";
  if (kind == ValueKind::kWholeNumber) schema["minimum"] = 0;
  json::array names;
  for (const std::string_view name : names_of(kind))
    names.emplace_back(text(name));
  if (!names.empty()) schema["enum"] = std::move(names);
  return schema;
}

json::object parameter_object(const RouteParameter& parameter) {
  json::object object;
  object["name"] = text(parameter.name);
  object["in"] = "query";
  object["description"] = text(parameter.description);
  object["required"] = parameter.required;
  if (parameter.kind == ValueKind::kYes) object["allowEmptyValue"] = true;
  json::object schema = value_schema(parameter.kind);
  if (parameter.repeatable) {
    schema = json::object{{"type", "array"}, {"items", std::move(schema)}};
    object["style"] = "form";
    object["explode"] = true;
  }
  object["schema"] = std::move(schema);
  return object;
}

json::object response(std::string_view description, std::string_view schema) {
  json::object reference{{"$ref", text(fmt::format("#/components/schemas/{}", schema))}};
  return {{"description", text(description)},
          {"content", json::object{{"application/json", json::object{{"schema", std::move(reference)}}}}}};
}

json::object responses(const ApiRoute& route) {
  constexpr std::string_view kError = "http.Response-error";
  json::object all;
  all["200"] = response("What was asked for", envelope_name(route.rows));
  if (!route.parameters.empty()) all["400"] = response("A parameter makes no sense", kError);
  if (route.audience != Audience::kAnybody) all["401"] = response("No user is named", kError);
  if (route.audience == Audience::kAdministrators || route.audience == Audience::kServiceAccount ||
      route.rows == Rows::kNone)
    all["403"] = response("The user may not ask this", kError);
  if (route.rows == Rows::kClaims) all["422"] = response("There is more than the limit", kError);
  all["429"] = json::object{{"description", "Too many requests of this client in a minute"}};
  if (route.audience != Audience::kAnybody) all["500"] = response("The server's log says why", kError);
  return all;
}

std::string_view tag_of(std::string_view path) {
  const std::string_view rest = path.substr(1);
  return rest.substr(0, rest.find('/'));
}

std::string operation_id(std::string_view path) {
  std::string id = "get";
  bool upper = true;
  for (const char c : path.substr(1)) {
    if (c == '/') {
      upper = true;
    } else {
      id += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
      upper = false;
    }
  }
  return id;
}

json::object operation(const ApiRoute& route) {
  json::object object;
  object["operationId"] = operation_id(route.path);
  object["tags"] = json::array{text(tag_of(route.path))};
  object["summary"] = text(route.summary);
  json::array parameters;
  for (const RouteParameter& parameter : route.parameters)
    parameters.emplace_back(parameter_object(parameter));
  object["parameters"] = std::move(parameters);
  object["responses"] = responses(route);
  if (route.audience == Audience::kAnybody) object["security"] = json::array{json::object()};
  return object;
}

std::string server_url(const DocumentOptions& options) {
  std::string url = options.external_url;
  while (url.ends_with('/'))
    url.pop_back();
  return url + options.api_root;
}

json::object security_schemes(const std::string& user_header) {
  return {
      {"BasicAuth", json::object{{"type", "http"},
                                 {"scheme", "basic"},
                                 {"description", "Where the web configuration of the server asks for it"}}},
      {"User", json::object{{"type", "apiKey"},
                            {"in", "header"},
                            {"name", text(user_header)},
                            {"description", "Who asks; set by a proxy that knows"}}}};
}

}  // namespace

std::string openapi_document(const DocumentOptions& options) {
  json::object paths;
  for (const ApiRoute& route : api_routes())
    paths[json::string_view(route.path.data(), route.path.size())] = json::object{{"get", operation(route)}};

  json::object document;
  document["openapi"] = "3.0.3";
  document["info"] = json::object{{"title", "CEEMS API"},
                                  {"version", "1.0"},
                                  {"description", "Compute units, what they used, and whose they were."}};
  document["servers"] = json::array{json::object{{"url", text(server_url(options))}}};
  document["security"] = json::array{json::object{{"User", json::array()}},
                                     json::object{{"User", json::array()}, {"BasicAuth", json::array()}}};
  document["paths"] = std::move(paths);
  document["components"] = json::object{{"schemas", component_schemas()},
                                        {"securitySchemes", security_schemes(options.user_header)}};
  return json::serialize(document) + '\n';
}

}  // namespace ceems::api
