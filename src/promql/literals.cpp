#include "promql/literals.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <system_error>

#include <fmt/format.h>

namespace ceems::promql {

namespace {

// Prometheus keeps durations as nanoseconds in 64 bits.
constexpr std::int64_t kLongestMs = std::numeric_limits<std::int64_t>::max() / 1'000'000;

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
  bool only_exact;  // printed only if it leaves no rest
};
constexpr std::array kUnits = std::to_array<Unit>({
    {"y", 365LL * 24 * 3600 * 1000, true},
    {"w", 7LL * 24 * 3600 * 1000, true},
    {"d", 24LL * 3600 * 1000, false},
    {"h", 3600LL * 1000, false},
    {"m", 60LL * 1000, false},
    {"s", 1000, false},
    {"ms", 1, false},
});

// Without underscores; nullopt if one of them does not stand between digits. `digits` is where digits begin;
// an underscore may follow a prefix.
std::optional<std::string> without_underscores(std::string_view text, bool hexadecimal) {
  std::string out;
  const auto is_digit = [&](char c) {
    return (c >= '0' && c <= '9') || (hexadecimal && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')));
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      out.push_back(text[i]);
      continue;
    }
    const bool after = i + 1 < text.size() && is_digit(text[i + 1]);
    const bool before = i == 0 ? hexadecimal : is_digit(text[i - 1]);
    if (!before || !after) return std::nullopt;
  }
  return out;
}

std::optional<double> parse_integer(std::string_view digits, int base) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return static_cast<double>(value);
}

std::optional<double> parse_decimal(const std::string& text) {
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::general);
  if (end != text.data() + text.size()) return std::nullopt;
  if (error == std::errc()) return value;
  // from_chars reports what is too small for a double like what is too large.
  const double nearest = std::strtod(text.c_str(), nullptr);
  return std::isinf(nearest) ? std::nullopt : std::optional(nearest);
}

}  // namespace

std::optional<double> parse_number(std::string_view text) {
  if (base::equals_ignoring_case(text, "inf")) return std::numeric_limits<double>::infinity();
  if (base::equals_ignoring_case(text, "nan")) return std::numeric_limits<double>::quiet_NaN();
  if (text.starts_with("0x") || text.starts_with("0X")) {
    const auto digits = without_underscores(text.substr(2), true);
    return digits ? parse_integer(*digits, 16) : std::nullopt;
  }
  const auto digits = without_underscores(text, false);
  if (!digits || digits->empty()) return std::nullopt;
  const bool octal = digits->size() > 1 && digits->front() == '0' &&
                     std::ranges::all_of(*digits, [](char c) { return c >= '0' && c <= '7'; });
  if (octal) {
    if (const auto value = parse_integer(*digits, 8)) return value;
  }
  return parse_decimal(*digits);
}

std::optional<std::int64_t> parse_duration_ms(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  auto unit = kUnits.begin();
  while (!text.empty()) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const std::string_view rest = text.substr(digits);
    const std::size_t letters = std::min(rest.find_first_of("0123456789"), rest.size());
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + digits, count);
    if (error != std::errc() || end != text.data() + digits) return std::nullopt;
    unit = std::find_if(unit, kUnits.end(), [&](const Unit& u) { return u.name == rest.substr(0, letters); });
    if (unit == kUnits.end() || count > (kLongestMs - total) / unit->milliseconds) return std::nullopt;
    total += count * unit->milliseconds;
    ++unit;
    text = rest.substr(letters);
  }
  return total;
}

double duration_seconds(std::int64_t duration_ms) {
  return static_cast<double>(duration_ms / 1000) + static_cast<double>(duration_ms % 1000 * 1'000'000) / 1e9;
}

void append_number(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value < 0 ? "-Inf" : "Inf";
  } else {
    fmt::format_to(std::back_inserter(out), "{}", value);
  }
}

void append_duration(std::string& out, std::int64_t duration_ms) {
  for (const Unit& unit : kUnits) {
    const std::int64_t count = duration_ms / unit.milliseconds;
    if (count == 0 || (unit.only_exact && duration_ms % unit.milliseconds != 0)) continue;
    fmt::format_to(std::back_inserter(out), "{}{}", count, unit.name);
    duration_ms -= count * unit.milliseconds;
  }
}

std::optional<std::int64_t> exact_milliseconds(double seconds) {
  if (!(seconds > 0) || seconds * 1000 >= static_cast<double>(kLongestMs)) return std::nullopt;
  const auto rounded = static_cast<std::int64_t>(std::llround(seconds * 1000));
  if (rounded < 1 || duration_seconds(rounded) != seconds) return std::nullopt;
  return rounded;
}

bool same_number(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

}  // namespace ceems::promql
