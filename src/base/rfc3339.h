// Points of time as RFC 3339 writes them. Pure functions.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace ceems::base {

// "2026-01-31T12:00:00.5Z", "2026-01-31 12:00:00+01:00": a blank may stand for the T (§5.6). A fraction is
// cut to milliseconds. Nothing for any other text, one without an offset among them.
std::optional<std::chrono::sys_time<std::chrono::milliseconds>> parse_rfc3339(std::string_view text);

// "2026-01-31T12:00:00Z"
std::string print_rfc3339(std::chrono::sys_seconds time);

}  // namespace ceems::base
