#include "http/router.h"

#include "base/text.h"

#include <algorithm>

namespace ceems::http {

namespace {

constexpr std::string_view kBelow = "/…";

bool path_fits(const Route& route, std::string_view path) {
  const std::string_view pattern = route.path;
  if (!pattern.ends_with(kBelow)) return pattern == path;
  return path.starts_with(pattern.substr(0, pattern.size() - kBelow.size() + 1));
}

}  // namespace

Router::Match Router::find(std::string_view path, std::string_view method) const {
  Match match;
  for (const Route& route : routes_) {
    if (!path_fits(route, path)) continue;
    if (route.methods.empty() || std::ranges::find(route.methods, method) != route.methods.end()) {
      match.route = &route;
      return match;
    }
    if (!match.allowed_methods.empty()) match.allowed_methods += ", ";
    match.allowed_methods += base::join(route.methods, ", ");
  }
  return match;
}

std::optional<std::string> clean_path(std::string_view path) {
  if (!path.starts_with('/')) return std::nullopt;
  std::vector<std::string_view> kept;
  bool ends_in_directory = false;
  for (const std::string_view segment : base::split(path.substr(1), '/')) {
    ends_in_directory = segment.empty() || segment == "." || segment == "..";
    if (segment == ".." && !kept.empty()) kept.pop_back();
    if (!ends_in_directory) kept.push_back(segment);
  }
  std::string cleaned;
  for (const std::string_view segment : kept) {
    cleaned += '/';
    cleaned += segment;
  }
  if (cleaned.empty() || ends_in_directory) cleaned += '/';
  if (cleaned == path) return std::nullopt;
  return cleaned;
}

}  // namespace ceems::http
