// What NVML's numbers and texts may be: everything else is left out rather than passed on.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace ceems::gpu {

inline constexpr double kMaxWatts = 100'000;  // of one GPU
inline constexpr double kMaxMegahertz = 100'000;
inline constexpr double kMaxCelsius = 300;
// Ten years of that.
inline constexpr std::uint64_t kMaxMillijoules = 32'000'000'000'000'000;
inline constexpr std::uint64_t kMaxMemoryBytes = std::uint64_t{1} << 50;

// A text that a library wrote into a buffer, with a NUL or without. Control characters are left out.
inline std::string nvml_text(std::span<const char> buffer) {
  std::string text;
  for (const char c : buffer) {
    if (c == '\0') break;
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) text += c;
  }
  return text;
}

// All ones is how NVML says "not available".
inline std::optional<std::uint64_t> nvml_counter(std::uint64_t value) {
  return value == ~std::uint64_t{0} ? std::nullopt : std::optional(value);
}

inline std::optional<std::uint64_t> nvml_counter32(std::uint32_t value) {
  return value == ~std::uint32_t{0} ? std::nullopt : std::optional<std::uint64_t>(value);
}

inline std::optional<double> nvml_gauge(double value, double max) {
  if (!std::isfinite(value) || value < 0 || value > max) return std::nullopt;
  return value;
}

inline std::optional<double> nvml_percent(double value) {
  return nvml_gauge(value, 100);
}

// Percent to a share. The hardware's two readings are not of exactly one moment: a little above 100 is 100.
inline std::optional<double> nvml_share(double percent) {
  const auto value = nvml_gauge(percent, 110);
  return value ? std::optional(std::min(*value / 100, 1.0)) : std::nullopt;
}

}  // namespace ceems::gpu
