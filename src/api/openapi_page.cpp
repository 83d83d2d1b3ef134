#include "api/markup.h"
#include "api/openapi.h"
#include "api/route_table.h"

#include <string>
#include <string_view>

#include <fmt/format.h>

namespace ceems::api {

namespace {

constexpr std::string_view kHead = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>CEEMS API</title>
<style>
body { font-family: sans-serif; margin: 2em auto; max-width: 60em; padding: 0 1em; }
h2 { font-family: monospace; font-size: 1.1em; margin-top: 2em; }
table { border-collapse: collapse; width: 100%; }
td, th { border-bottom: 1px solid #ccc; padding: 0.3em 0.6em; text-align: left; vertical-align: top; }
</style>
</head>
<body>
<h1>CEEMS API</h1>
)";

std::string_view audience_name(Audience audience) {
  switch (audience) {
    case Audience::kAnybody:
      return "anybody, without a user";
    case Audience::kUsers:
      return "every user";
    case Audience::kAdministrators:
      return "administrators";
    case Audience::kServiceAccount:
      break;
  }
  return "the service account of CEEMS";
}

std::string_view kind_name(ValueKind kind) {
  switch (kind) {
    case ValueKind::kText:
      return "text";
    case ValueKind::kWholeNumber:
      return "whole number";
    case ValueKind::kSeconds:
      return "seconds since 1970";
    case ValueKind::kYes:
      return "yes or no";
    case ValueKind::kUnitField:
    case ValueKind::kUsageField:
    case ValueKind::kGrouping:
      return "name of a field";
    case ValueKind::kAdminRole:
      break;
  }
  return "admin";
}

std::string parameter_row(const RouteParameter& parameter) {
  return fmt::format("<tr><td><code>{}</code></td><td>{}{}{}</td><td>{}</td></tr>\n",
                     escape_markup(parameter.name), kind_name(parameter.kind),
                     parameter.repeatable ? ", repeatable" : "", parameter.required ? ", required" : "",
                     escape_markup(parameter.description));
}

std::string section(const std::string& api_root, const ApiRoute& route) {
  std::string text =
      fmt::format("<h2>GET {}{}</h2>\n<p>{}. For {}.</p>\n", escape_markup(api_root),
                  escape_markup(route.path), escape_markup(route.summary), audience_name(route.audience));
  if (route.parameters.empty()) return text;
  text += "<table>\n<tr><th>Parameter</th><th>Value</th><th></th></tr>\n";
  for (const RouteParameter& parameter : route.parameters)
    text += parameter_row(parameter);
  return text + "</table>\n";
}

}  // namespace

std::string openapi_page(const DocumentOptions& options) {
  std::string page(kHead);
  page += fmt::format(
      "<p>The same for programs: <a href=\"doc.json\">doc.json</a> (OpenAPI 3). The header <code>{}</code> "
      "says "
      "who asks.</p>\n",
      escape_markup(options.user_header));
  for (const ApiRoute& route : api_routes())
    page += section(options.api_root, route);
  return page + "</body>\n</html>\n";
}

}  // namespace ceems::api
