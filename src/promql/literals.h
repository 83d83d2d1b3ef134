// Number and duration literals of PromQL: reading and writing them. Thread-safe.
// https://prometheus.io/docs/prometheus/latest/querying/basics/#float-literals-and-time-durations
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ceems::promql {

// Decimal and hexadecimal numbers, octal ones behind a leading 0, underscores between digits, Inf and NaN in
// any case; no sign. nullopt if it is none of these or beyond the largest double.
std::optional<double> parse_number(std::string_view text);

// y w d h m s ms, each at most once, larger first; "0" is none. nullopt beyond 292 years.
std::optional<std::int64_t> parse_duration_ms(std::string_view text);

// Seconds as Prometheus computes them from a duration.
double duration_seconds(std::int64_t duration_ms);

// The shortest text that reads as the same double: "300", "0.1", "1e+300", "-Inf", "NaN".
void append_number(std::string& out, double value);

// "1h30m" for 5,400,000; above 0. Years and weeks only where they leave no rest, as Prometheus prints it.
void append_duration(std::string& out, std::int64_t duration_ms);

// The milliseconds whose duration text reads as exactly `seconds`, which is above 0; nullopt if there are
// none.
std::optional<std::int64_t> exact_milliseconds(double seconds);

// Equal, or both NaN; 0 and -0 differ.
bool same_number(double a, double b);

}  // namespace ceems::promql
