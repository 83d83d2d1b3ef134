// Exact arithmetic for sums that are kept for years, added to and subtracted from.
//
// The database writes a number with at most eight decimals, so every number is a whole count of 1e-8, and
// sums of such counts are exact in integers: they depend neither on the order of their terms nor on what was
// added and taken away again in between. Sums of doubles would do both, and a window made of two differences
// would show it. A number times its weight is a whole count of 1e-16, which needs more than 128 bits.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ceems::store {

__extension__ using Int128 = __int128;
__extension__ using Uint128 = unsigned __int128;

// A count of 1e-8.
using Fixed = Int128;

inline constexpr std::int64_t kFixedOne = 100'000'000;

// The nearest count; what is beyond 1e22 is that, and NaN is 0: a hundred million of them still fit.
Fixed to_fixed(double value);
// A JSON number of digits, with a fraction of at most eight digits or none and no exponent. Exact.
// Absent: another form, or too large.
std::optional<Fixed> parse_fixed(std::string_view text);
double to_double(Fixed value);
// As append_number() (metric_map.h) writes a number, but every digit of it: an integer, or eight decimals.
void append_fixed(std::string& out, Fixed value);
// Writes the same where there is room for kMostNumberChars (metric_map.h). Returns its end.
char* write_fixed(char* out, Fixed value);

// A signed integer of 256 bits, a count of 1e-16.
class Wide {
 public:
  Wide() = default;
  static Wide product(Fixed a, Fixed b);

  void add(const Wide& other) {
    std::uint64_t carry = 0;
    for (std::size_t i = 0; i < limbs_.size(); ++i) {
      const Uint128 sum = static_cast<Uint128>(limbs_[i]) + other.limbs_[i] + carry;
      limbs_[i] = static_cast<std::uint64_t>(sum);
      carry = static_cast<std::uint64_t>(sum >> 64);
    }
  }
  void subtract(const Wide& other) {
    std::uint64_t borrow = 0;
    for (std::size_t i = 0; i < limbs_.size(); ++i) {
      const Uint128 difference = static_cast<Uint128>(limbs_[i]) - other.limbs_[i] - borrow;
      limbs_[i] = static_cast<std::uint64_t>(difference);
      borrow = static_cast<std::uint64_t>(difference >> 64) & 1;
    }
  }
  bool is_zero() const { return (limbs_[0] | limbs_[1] | limbs_[2] | limbs_[3]) == 0; }
  bool is_negative() const { return (limbs_[3] >> 63) != 0; }
  Wide negated() const;
  // Least significant first, two's complement.
  const std::array<std::uint64_t, 4>& limbs() const { return limbs_; }
  static Wide from_limbs(const std::array<std::uint64_t, 4>& limbs) {
    Wide wide;
    wide.limbs_ = limbs;
    return wide;
  }
  friend bool operator==(const Wide&, const Wide&) = default;

 private:
  std::array<std::uint64_t, 4> limbs_{};
};

// The sum of products over the sum of weights; 0 unless that is above 0.
double mean(const Wide& products, Fixed weights);

}  // namespace ceems::store
