#include "api/landing.h"

#include "api/markup.h"
#include "base/version.h"

#include <fmt/core.h>

namespace ceems::api {

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
<li><a href="/swagger/index.html">Routes and their parameters</a></li>
<li><a href="/health">Health</a></li>
{}</ul>
<p>Compute units, usage, users and projects are served below <code>{}</code>.</p>
</body>
</html>
)",
                     escape_markup(base::version_info()),
                     has_metrics ? "<li><a href=\"/metrics\">Metrics</a></li>\n" : "",
                     escape_markup(api_root));
}

}  // namespace ceems::api
