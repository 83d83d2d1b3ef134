#include "store/exact.h"

#include "store/metric_map.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>

namespace ceems::store {

namespace {

constexpr double kLargest = 1e22;
constexpr int kDecimals = 8;
constexpr int kMostDigits = 22;

// Both factors below 2^127: the product of their magnitudes.
std::array<std::uint64_t, 4> multiply(Uint128 a, Uint128 b) {
  if ((a | b) >> 64 == 0) {
    const Uint128 product = a * b;
    return {static_cast<std::uint64_t>(product), static_cast<std::uint64_t>(product >> 64), 0, 0};
  }
  const auto low = [](Uint128 x) { return static_cast<std::uint64_t>(x); };
  const auto high = [](Uint128 x) { return static_cast<std::uint64_t>(x >> 64); };
  const Uint128 ll = static_cast<Uint128>(low(a)) * low(b);
  const Uint128 lh = static_cast<Uint128>(low(a)) * high(b);
  const Uint128 hl = static_cast<Uint128>(high(a)) * low(b);
  const Uint128 hh = static_cast<Uint128>(high(a)) * high(b);
  const Uint128 middle = static_cast<Uint128>(high(ll)) + low(lh) + low(hl);
  const Uint128 top = hh + high(lh) + high(hl) + high(middle);
  return {low(ll), low(middle), low(top), high(top)};
}

// So many fit in 64 bits, which nearly all numbers do.
constexpr std::size_t kShortDigits = 19;

template <class Number>
const char* add_digits(const char* at, const char* end, Number& digits) {
  for (; at != end && *at >= '0' && *at <= '9'; ++at)
    digits = digits * 10 + static_cast<unsigned>(*at - '0');
  return at;
}

// Digits with a point or without; `Number` holds them all.
template <class Number>
std::optional<Fixed> parse_digits(std::string_view text) {
  constexpr std::int64_t kUnits[kDecimals + 1] = {kFixedOne, 10'000'000, 1'000'000, 100'000, 10'000,
                                                  1'000,     100,        10,        1};
  const char* const end = text.data() + text.size();
  Number digits = 0;
  const char* const point = add_digits(text.data(), end, digits);
  const std::ptrdiff_t whole = point - text.data();
  if (whole == 0 || whole > kMostDigits) return std::nullopt;
  if (point == end) return static_cast<Fixed>(digits) * kFixedOne;
  const std::ptrdiff_t decimals = end - point - 1;
  if (*point != '.' || decimals == 0 || decimals > kDecimals) return std::nullopt;
  if (add_digits(point + 1, end, digits) != end) return std::nullopt;
  return static_cast<Fixed>(digits) * kUnits[decimals];
}

Uint128 magnitude(Int128 value) {
  return value < 0 ? -static_cast<Uint128>(value) : static_cast<Uint128>(value);
}

}  // namespace

Fixed to_fixed(double value) {
  if (std::isnan(value)) return 0;
  if (value > kLargest) value = kLargest;
  if (value < -kLargest) value = -kLargest;
  return static_cast<Fixed>(std::rint(static_cast<long double>(value) * kFixedOne));
}

std::optional<Fixed> parse_fixed(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const auto value =
      text.size() <= kShortDigits ? parse_digits<std::uint64_t>(text) : parse_digits<Uint128>(text);
  return value && negative ? -*value : value;
}

double to_double(Fixed value) {
  if (value % kFixedOne == 0) return static_cast<double>(value / kFixedOne);
  return static_cast<double>(static_cast<long double>(value) / kFixedOne);
}

char* write_fixed(char* out, Fixed value) {
  // 1e8 is a multiple of 2^8: what has a few bits more than 64 can do without the slow division, too.
  constexpr int kTwos = 8;
  constexpr std::uint64_t kOne = kFixedOne;
  constexpr std::ptrdiff_t kMostDigitsOf64 = 20;
  const Uint128 count = magnitude(value);
  const Uint128 whole = count >> 64 == 0 ? static_cast<std::uint64_t>(count) / kOne
                        : count >> (64 + kTwos) == 0
                            ? static_cast<std::uint64_t>(count >> kTwos) / (kOne >> kTwos)
                            : count / kOne;
  // Integers beyond are no integers to whoever reads them.
  if (whole >> 63 != 0) return write_number(out, to_double(value));
  const std::uint64_t decimals = static_cast<std::uint64_t>(count) - static_cast<std::uint64_t>(whole) * kOne;
  if (value < 0) *out++ = '-';
  out = std::to_chars(out, out + kMostDigitsOf64, static_cast<std::uint64_t>(whole)).ptr;
  if (decimals == 0) return out;
  // The point takes the place of a digit that keeps the zeros.
  char* const end = std::to_chars(out, out + 1 + kDecimals, kOne + decimals).ptr;
  *out = '.';
  return end;
}

void append_fixed(std::string& out, Fixed value) {
  std::array<char, kMostNumberChars> text;
  out.append(text.data(), write_fixed(text.data(), value));
}

Wide Wide::product(Fixed a, Fixed b) {
  Wide product;
  product.limbs_ = multiply(magnitude(a), magnitude(b));
  return (a < 0) != (b < 0) ? product.negated() : product;
}

Wide Wide::negated() const {
  Wide result;
  std::uint64_t carry = 1;
  for (std::size_t i = 0; i < limbs_.size(); ++i) {
    const Uint128 sum = static_cast<Uint128>(~limbs_[i]) + carry;
    result.limbs_[i] = static_cast<std::uint64_t>(sum);
    carry = static_cast<std::uint64_t>(sum >> 64);
  }
  return result;
}

double mean(const Wide& products, Fixed weights) {
  if (weights <= 0) return 0;
  const bool negative = products.is_negative();
  const Wide magnitude = negative ? products.negated() : products;
  const auto& limbs = magnitude.limbs();
  std::size_t used = limbs.size();
  while (used > 1 && limbs[used - 1] == 0)
    --used;
  long double sum = 0;
  while (used > 0)
    sum = sum * 0x1p64L + static_cast<long double>(limbs[--used]);
  const long double value = sum / static_cast<long double>(weights) / kFixedOne;
  return static_cast<double>(negative ? -value : value);
}

}  // namespace ceems::store
