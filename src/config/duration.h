// Durations as Prometheus writes them (1h30m, 15s, 1d) and as Go prints them (1h30m0s, 15m0s). Thread-safe.
#pragma once

#include "base/result.h"

#include <chrono>
#include <string>
#include <string_view>

namespace ceems::config {

// Prometheus grammar: y w d h m s ms, each at most once, larger first; "0" alone; no sign. y=365d, w=7d,
// d=24h.
base::Result<std::chrono::milliseconds> parse_duration(std::string_view text);
// "1w2d", "15m", "500ms", "0s".
std::string print_duration(std::chrono::milliseconds duration);
// Go's time.Duration text: "15s", "1m0s", "1h0m0s", "1.5s".
std::string print_go_duration(std::chrono::milliseconds duration);

}  // namespace ceems::config
