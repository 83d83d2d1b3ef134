#include "config/duration.h"

#include "base/text.h"

#include <array>
#include <cstdint>
#include <limits>
#include <optional>

#include <fmt/format.h>

namespace ceems::config {

namespace {

using base::ErrorCode;
using base::Result;
using std::chrono::milliseconds;

struct Unit {
  std::string_view name;
  std::int64_t nanoseconds;
  bool only_if_exact = false;
};

constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kSecond = 1'000 * kMillisecond;
constexpr std::int64_t kHour = 3'600 * kSecond;

// From large to small: the order of the grammar.
constexpr std::array<Unit, 7> kPrometheusUnits{{{"y", 365 * 24 * kHour, true},
                                                {"w", 7 * 24 * kHour, true},
                                                {"d", 24 * kHour},
                                                {"h", kHour},
                                                {"m", 60 * kSecond},
                                                {"s", kSecond},
                                                {"ms", kMillisecond}}};

constexpr std::array<Unit, 8> kGoUnits{{{"h", kHour},
                                        {"m", 60 * kSecond},
                                        {"s", kSecond},
                                        {"ms", kMillisecond},
                                        {"us", 1'000},
                                        {"\xC2\xB5s", 1'000},  // U+00B5, the micro sign
                                        {"\xCE\xBCs", 1'000},  // U+03BC, the Greek letter
                                        {"ns", 1}}};

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Cuts the leading digits off `rest`.
std::string_view take_digits(std::string_view& rest) {
  std::size_t length = 0;
  while (length < rest.size() && is_digit(rest[length]))
    ++length;
  const std::string_view digits = rest.substr(0, length);
  rest.remove_prefix(length);
  return digits;
}

// Cuts everything up to the next digit or point off `rest`.
std::string_view take_unit(std::string_view& rest) {
  std::size_t length = 0;
  while (length < rest.size() && !is_digit(rest[length]) && rest[length] != '.')
    ++length;
  const std::string_view unit = rest.substr(0, length);
  rest.remove_prefix(length);
  return unit;
}

template <std::size_t N>
std::optional<std::size_t> find_unit(const std::array<Unit, N>& units, std::string_view name) {
  for (std::size_t i = 0; i < N; ++i) {
    if (units[i].name == name) return i;
  }
  return std::nullopt;
}

// total + count × unit, or nothing when that no longer fits.
std::optional<std::int64_t> add(std::int64_t total, std::uint64_t count, std::int64_t unit) {
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  if (count > static_cast<std::uint64_t>((kMax - total) / unit)) return std::nullopt;
  return total + static_cast<std::int64_t>(count) * unit;
}

// A decimal fraction of a unit in nanoseconds, digits beyond 18 ignored.
std::int64_t fraction_of(std::string_view digits, std::int64_t unit) {
  double scale = static_cast<double>(unit);
  double nanoseconds = 0;
  for (const char c : digits.substr(0, 18)) {
    scale /= 10;
    nanoseconds += scale * (c - '0');
  }
  return static_cast<std::int64_t>(nanoseconds + 1e-6);  // 0.1 + 0.2 must not lose a nanosecond
}

std::unexpected<base::Error> bad(std::string_view text, std::string_view examples) {
  return base::fail(ErrorCode::kInvalid, "", "not a duration: '{}' (write it like {})", text, examples);
}

std::unexpected<base::Error> too_long(std::string_view text) {
  return base::fail(ErrorCode::kInvalid, "", "duration '{}' is longer than 292 years", text);
}

}  // namespace

Result<milliseconds> parse_duration(std::string_view text) {
  constexpr std::string_view kExamples = "15s, 1h30m or 7d";
  if (text == "0") return milliseconds{0};
  std::string_view rest = text;
  if (rest.empty()) return bad(text, kExamples);
  std::int64_t nanoseconds = 0;
  std::size_t next_unit = 0;
  while (!rest.empty()) {
    const std::string_view digits = take_digits(rest);
    const auto unit = find_unit(kPrometheusUnits, take_unit(rest));
    if (digits.empty() || !unit || *unit < next_unit) return bad(text, kExamples);
    next_unit = *unit + 1;
    const auto count = base::parse_u64(digits);
    const auto sum = count ? add(nanoseconds, *count, kPrometheusUnits[*unit].nanoseconds) : std::nullopt;
    if (!sum) return too_long(text);
    nanoseconds = *sum;
  }
  return milliseconds{nanoseconds / kMillisecond};
}

Result<milliseconds> parse_go_duration(std::string_view text) {
  constexpr std::string_view kExamples = "90s, 1.5h or 8760h";
  if (text == "0") return milliseconds{0};
  std::string_view rest = text;
  if (rest.empty()) return bad(text, kExamples);
  std::int64_t nanoseconds = 0;
  while (!rest.empty()) {
    const std::string_view whole = take_digits(rest);
    std::string_view fraction;
    if (rest.starts_with('.')) {
      rest.remove_prefix(1);
      fraction = take_digits(rest);
    }
    const auto unit = find_unit(kGoUnits, take_unit(rest));
    if ((whole.empty() && fraction.empty()) || !unit) return bad(text, kExamples);
    const std::int64_t scale = kGoUnits[*unit].nanoseconds;
    const auto count = whole.empty() ? std::optional<std::uint64_t>{0} : base::parse_u64(whole);
    auto sum = count ? add(nanoseconds, *count, scale) : std::nullopt;
    if (sum) sum = add(*sum, static_cast<std::uint64_t>(fraction_of(fraction, scale)), 1);
    if (!sum) return too_long(text);
    nanoseconds = *sum;
  }
  return milliseconds{nanoseconds / kMillisecond};
}

std::string print_duration(milliseconds duration) {
  if (duration.count() == 0) return "0s";
  std::string text = duration.count() < 0 ? "-" : "";
  std::uint64_t rest = duration.count() < 0 ? 0 - static_cast<std::uint64_t>(duration.count())
                                            : static_cast<std::uint64_t>(duration.count());
  for (const Unit& unit : kPrometheusUnits) {
    const auto size = static_cast<std::uint64_t>(unit.nanoseconds / kMillisecond);
    if (rest < size || (unit.only_if_exact && rest % size != 0)) continue;
    text += fmt::format("{}{}", rest / size, unit.name);
    rest %= size;
  }
  return text;
}

std::string print_go_duration(milliseconds duration) {
  if (duration.count() == 0) return "0s";
  std::string text = duration.count() < 0 ? "-" : "";
  const std::uint64_t total = duration.count() < 0 ? 0 - static_cast<std::uint64_t>(duration.count())
                                                   : static_cast<std::uint64_t>(duration.count());
  if (total < 1'000) return text + fmt::format("{}ms", total);
  const std::uint64_t hours = total / 3'600'000;
  const std::uint64_t minutes = total / 60'000 % 60;
  if (hours > 0) text += fmt::format("{}h", hours);
  if (hours > 0 || minutes > 0) text += fmt::format("{}m", minutes);
  text += fmt::format("{}", total / 1'000 % 60);
  if (const std::uint64_t rest = total % 1'000; rest > 0) {
    std::string fraction = fmt::format(".{:03}", rest);
    while (fraction.ends_with('0'))
      fraction.pop_back();
    text += fraction;
  }
  return text + "s";
}

}  // namespace ceems::config
