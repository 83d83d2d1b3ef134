// Instants as the interfaces of managers write them. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ceems::manager {

// RFC 3339 with or without a fraction and an offset: without one it is UTC. Milliseconds since the epoch, of
// which what is below a second is cut off; 0 if it is none, or before 1970.
std::int64_t parse_instant(std::string_view text);
// 2030-01-02T03:04:05Z, rounded down.
std::string instant_text(std::int64_t ms);

}  // namespace ceems::manager
