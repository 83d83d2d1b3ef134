// "Did you mean …?" for a mistyped name. Thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ceems::config {

// The candidate that is most like `name`, or "" if none is near enough to be what was meant: at most one
// change (insert, drop, replace a character) for every four characters, and at least one is allowed.
std::string closest_name(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace ceems::config
