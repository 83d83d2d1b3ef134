#include "store/exact.h"

#include <cmath>

namespace ceems::store {

namespace {

constexpr double kLargest = 1e22;
constexpr int kDecimals = 8;
constexpr int kMostDigits = 22;

// Both factors below 2^127: the product of their magnitudes.
std::array<std::uint64_t, 4> multiply(Uint128 a, Uint128 b) {
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
  bool negative = false;
  if (!text.empty() && text.front() == '-') {
    negative = true;
    text.remove_prefix(1);
  }
  Uint128 digits = 0;
  int whole = 0;
  int decimals = -1;  // behind the point; none seen yet
  for (const char c : text) {
    if (c == '.' && decimals < 0 && whole > 0) {
      decimals = 0;
      continue;
    }
    if (c < '0' || c > '9') return std::nullopt;
    digits = digits * 10 + static_cast<unsigned>(c - '0');
    const int count = decimals < 0 ? ++whole : ++decimals;
    if (count > (decimals < 0 ? kMostDigits : kDecimals)) return std::nullopt;
  }
  if (whole == 0 || decimals == 0) return std::nullopt;
  for (int i = decimals < 0 ? 0 : decimals; i < kDecimals; ++i)
    digits *= 10;
  const auto value = static_cast<Fixed>(digits);
  return negative ? -value : value;
}

double to_double(Fixed value) {
  if (value % kFixedOne == 0) return static_cast<double>(value / kFixedOne);
  return static_cast<double>(static_cast<long double>(value) / kFixedOne);
}

Wide Wide::product(Fixed a, Fixed b) {
  Wide product;
  product.limbs_ = multiply(magnitude(a), magnitude(b));
  return (a < 0) != (b < 0) ? product.negated() : product;
}

Wide Wide::from_limbs(const std::array<std::uint64_t, 4>& limbs) {
  Wide wide;
  wide.limbs_ = limbs;
  return wide;
}

void Wide::add(const Wide& other) {
  std::uint64_t carry = 0;
  for (std::size_t i = 0; i < limbs_.size(); ++i) {
    const Uint128 sum = static_cast<Uint128>(limbs_[i]) + other.limbs_[i] + carry;
    limbs_[i] = static_cast<std::uint64_t>(sum);
    carry = static_cast<std::uint64_t>(sum >> 64);
  }
}

void Wide::subtract(const Wide& other) {
  add(other.negated());
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
  long double sum = 0;
  for (auto limb = magnitude.limbs().rbegin(); limb != magnitude.limbs().rend(); ++limb)
    sum = sum * 0x1p64L + static_cast<long double>(*limb);
  const long double value = sum / static_cast<long double>(weights) / kFixedOne;
  return static_cast<double>(negative ? -value : value);
}

}  // namespace ceems::store
