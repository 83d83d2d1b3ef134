// Durations as Prometheus writes them (1h30m, 15s, 1d) and as Go does (1h30m0s, 1.5s). Thread-safe.
#pragma once

#include "base/result.h"

#include <chrono>
#include <string>
#include <string_view>

namespace ceems::config {

// Prometheus grammar: y w d h m s ms, each at most once, larger first; "0" alone; no sign. y=365d, w=7d,
// d=24h. At most 292 years. kInvalid on anything else, the empty text too.
base::Result<std::chrono::milliseconds> parse_duration(std::string_view text);
// Go's grammar without a sign: numbers with or without a fraction, each followed by h, m, s, ms, us, µs or
// ns; "0" alone. What is below a millisecond is cut off.
base::Result<std::chrono::milliseconds> parse_go_duration(std::string_view text);

// Prometheus text: "15m", "9d", "1w", "500ms", "0s". Years and weeks only where they leave no rest.
std::string print_duration(std::chrono::milliseconds duration);
// Go's time.Duration text: "15s", "1m0s", "1h0m0s", "1.5s".
std::string print_go_duration(std::chrono::milliseconds duration);

}  // namespace ceems::config
