// systemd writes bytes that it cannot have in a unit's name as "\x2d". Thread-safe.
//
// Source: systemd.unit(5), "String escaping for inclusion in unit names".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ceems::unit {

// The path with "\xHH" and "\\" replaced by the byte; nullopt if there is any other escape.
std::optional<std::string> systemd_unescape(std::string_view path);

}  // namespace ceems::unit
