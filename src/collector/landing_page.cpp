#include "collector/landing_page.h"

#include <string_view>

#include <fmt/format.h>

namespace ceems::collector {

namespace {

std::string escape_html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace

http::Response render_landing_page(const LandingPage& page) {
  constexpr std::string_view kStyle =
      "body{font-family:sans-serif;margin:0;color:#222}header{background:#3cc9beff;padding:.5em 1.5em}"
      "main{padding:0 1.5em}";
  const std::string name = escape_html(page.name);
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"UTF-8\">\n<title>{0}</title>\n"
      "<style>{1}</style>\n</head>\n<body>\n<header><h1>{0}</h1></header>\n<main>\n<p>{2}</p>\n"
      "<p>Version: {3}</p>\n",
      name, kStyle, escape_html(page.description), escape_html(page.version));
  html += "<ul>\n";
  for (const LandingLink& link : page.links) {
    html +=
        fmt::format("<li><a href=\"{}\">{}</a></li>\n", escape_html(link.address), escape_html(link.text));
  }
  html += "</ul>\n</main>\n</body>\n</html>\n";
  http::Response response;
  response.fields.add("Content-Type", "text/html; charset=UTF-8");
  response.body = std::move(html);
  return response;
}

}  // namespace ceems::collector
