#include "exposition/emitter.h"

#include <array>
#include <charconv>
#include <cmath>

namespace ceems::exposition {

namespace {

// Below this every integer is plain; from it on the exponent form starts.
constexpr double kPlainEnd = 1e6;
constexpr double kPlainBegin = 1e-4;
constexpr std::uint64_t kExactDoubleEnd = std::uint64_t{1} << 53;

// Integers from kPlainEnd to 2^53: their decimal digits without trailing zeros are the shortest that
// round-trip, because a shorter decimal is at least 1 away and half a unit in the last place is not.
void append_large_integer(std::string& out, std::uint64_t value) {
  std::array<char, 20> digits;
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  const auto length = static_cast<std::size_t>(end - digits.data());
  std::size_t significant = length;
  while (digits[significant - 1] == '0')
    --significant;
  out += digits[0];
  if (significant > 1) {
    out += '.';
    out.append(digits.data() + 1, significant - 1);
  }
  const std::size_t exponent = length - 1;
  out += "e+";
  out += static_cast<char>('0' + exponent / 10);
  out += static_cast<char>('0' + exponent % 10);
}

void append_small_integer(std::string& out, std::uint64_t value) {
  std::array<char, 20> digits;
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  out.append(digits.data(), end);
}

}  // namespace

void append_number(std::string& out, std::uint64_t value) {
  if (value < static_cast<std::uint64_t>(kPlainEnd)) {
    append_small_integer(out, value);
  } else if (value < kExactDoubleEnd) {
    append_large_integer(out, value);
  } else {
    append_number(out, static_cast<double>(value));
  }
}

void append_number(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
    return;
  }
  if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
    return;
  }
  const double magnitude = std::abs(value);
  if (magnitude < static_cast<double>(kExactDoubleEnd) && std::trunc(value) == value) {
    if (std::signbit(value)) out += '-';
    append_number(out, static_cast<std::uint64_t>(magnitude));
    return;
  }
  // Shortest digits never cross a power of ten that is itself a double, so the value decides the form.
  const bool plain = magnitude >= kPlainBegin && magnitude < kPlainEnd;
  std::array<char, 32> text;
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value,
                                          plain ? std::chars_format::fixed : std::chars_format::scientific);
  out.append(text.data(), end);
}

}  // namespace ceems::exposition
