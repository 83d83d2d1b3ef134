#include "api/landing.h"

#include "base/version.h"

#include <string_view>

#include <fmt/core.h>

namespace ceems::api {

namespace {

std::string escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<') {
      out += "&lt;";
    } else if (c == '&') {
      out += "&amp;";
    } else if (c == '"') {
      out += "&quot;";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string landing_page(const std::string& api_root, bool has_metrics) {
  return fmt::format(R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>CEEMS API Server</title>
<style>body {{ font-family: sans-serif; margin: 2em; }}</style>
</head>
<body>
<h1>CEEMS API Server</h1>
<p>{}</p>
<ul>
<li><a href="/health">Health</a></li>
{}</ul>
<p>Compute units, usage, users and projects are served below <code>{}</code>.</p>
</body>
</html>
)",
                     escape(base::version_info()),
                     has_metrics ? "<li><a href=\"/metrics\">Metrics</a></li>\n" : "", escape(api_root));
}

}  // namespace ceems::api
