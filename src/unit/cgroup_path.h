// Walking up the paths of cgroups. Thread-safe.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>

namespace ceems::unit {

// Cuts the last component off and returns it: "c" of "/a/b/c", which becomes "/a/b".
constexpr std::string_view cut_last_component(std::string_view& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return std::exchange(path, std::string_view());
  const std::string_view last = path.substr(slash + 1);
  path = path.substr(0, slash);
  return last;
}

// The last component.
constexpr std::string_view last_component(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace ceems::unit
