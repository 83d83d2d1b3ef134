// Cgroups that users make as they like.
#pragma once

#include <string_view>

namespace ceems::unit {

// Whether that is /user.slice, or below it. Thread-safe.
constexpr bool belongs_to_users(std::string_view path) {
  constexpr std::string_view kUsers = "/user.slice";
  return path.starts_with(kUsers) && (path.size() == kUsers.size() || path[kUsers.size()] == '/');
}

}  // namespace ceems::unit
