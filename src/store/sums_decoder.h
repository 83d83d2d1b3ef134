// Reading encoded sums (sums.h) without making them: each entry is told to a visitor, and those that nobody
// wants are passed over. For this room only.
#pragma once

#include "store/exact.h"
#include "store/sums.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace ceems::store {

// Numbers of base 128, least significant digit first; the last byte of each is below 128.
class SumsInput {
 public:
  explicit SumsInput(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  bool finished() const { return at_ == end_; }

  bool skip() {
    if (std::uint64_t number = 0; get_short(number)) return true;
    while (at_ != end_)
      if (static_cast<std::uint8_t>(*at_++) < kMore) return true;
    return false;
  }

  template <class Number>
  bool get(Number& value) {
    if (at_ == end_) return false;
    if (static_cast<std::uint8_t>(*at_) < kMore) {
      value = static_cast<std::uint8_t>(*at_++);
      return true;
    }
    if (std::uint64_t number = 0; get_short(number)) {
      value = number;
      return true;
    }
    return get_slowly(value);
  }

  bool get_count(std::int64_t& value) {
    std::uint64_t number = 0;
    if (!get(number)) return false;
    value = unfold(number);
    return true;
  }

  // Times a factor.
  bool get_signed(std::int64_t factor, Int128& value) {
    if (std::uint64_t number = 0; get_short(number)) {
      value = static_cast<Int128>(unfold(number)) * factor;
      return true;
    }
    Uint128 number = 0;
    if (!get_slowly(number)) return false;
    value = (static_cast<Int128>(number >> 1) ^ -static_cast<Int128>(number & 1)) * factor;
    return true;
  }

  // A byte of twice its length and a sign, and its bytes.
  bool get_wide(Wide& value) {
    constexpr std::size_t kTwo = sizeof(Uint128);
    if (at_ == end_) return false;
    const auto head = static_cast<std::uint8_t>(*at_++);
    const std::size_t bytes = head >> 1;
    if (bytes > sizeof(Wide) || left() < bytes) return false;
    if (std::endian::native == std::endian::little && bytes <= kTwo && left() >= kTwo) {
      // Nearly all are so short, and of all lengths.
      Uint128 number = 0;
      std::memcpy(&number, at_, sizeof(number));
      number &= bytes == kTwo ? ~Uint128{0} : (Uint128{1} << (bytes * 8)) - 1;
      value = Wide::from_limbs(
          {static_cast<std::uint64_t>(number), static_cast<std::uint64_t>(number >> 64), 0, 0});
    } else {
      value = read_wide(at_, bytes);
    }
    at_ += bytes;
    if ((head & 1) != 0) value = value.negated();
    return true;
  }
  bool skip_wide() {
    if (at_ == end_) return false;
    const std::size_t bytes = static_cast<std::uint8_t>(*at_++) >> 1;
    if (left() < bytes) return false;
    at_ += bytes;
    return true;
  }

 private:
  static constexpr unsigned kBits = 7;
  static constexpr unsigned kMore = 0x80;

  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }

  // A number of at most eight bytes with eight or more left. False: another one, or none.
  bool get_short(std::uint64_t& value) {
    if (std::endian::native != std::endian::little || left() < sizeof(value)) return false;
    std::uint64_t word = 0;
    std::memcpy(&word, at_, sizeof(word));
    const std::uint64_t ends = ~word & 0x8080808080808080;
    if (ends == 0) return false;
    at_ += std::countr_zero(ends) / 8 + 1;
    value = pack(word & (ends ^ (ends - 1)) & 0x7F7F7F7F7F7F7F7F);
    return true;
  }

  // Small magnitudes of either sign are small: 0, 1, 2, 3 are 0, -1, 1, -2.
  static std::int64_t unfold(std::uint64_t number) {
    return static_cast<std::int64_t>(number >> 1) ^ -static_cast<std::int64_t>(number & 1);
  }

  // The low seven bits of each byte, side by side.
  static std::uint64_t pack(std::uint64_t word) {
    word = ((word & 0x7F007F007F007F00) >> 1) | (word & 0x007F007F007F007F);
    word = ((word & 0x3FFF00003FFF0000) >> 2) | (word & 0x00003FFF00003FFF);
    return ((word & 0x0FFFFFFF00000000) >> 4) | (word & 0x000000000FFFFFFF);
  }

  // What is not short, at the end of the text, or neither. Reading fast needs `at_` in a register, so that no
  // function that is not inlined may know where it is.
  template <class Number>
  struct Read {
    Number value{};
    const char* end = nullptr;  // nullptr: cannot be read
  };
  template <class Number>
  bool get_slowly(Number& value) {
    const Read<Number> read = read_slowly<Number>(at_, end_);
    if (read.end == nullptr) return false;
    value = read.value;
    at_ = read.end;
    return true;
  }
  template <class Number>
  [[gnu::noinline]] static Read<Number> read_slowly(const char* at, const char* end) {
    Number value = 0;
    for (unsigned shift = 0; shift < sizeof(Number) * 8 && at != end; shift += kBits) {
      const auto byte = static_cast<std::uint8_t>(*at++);
      value |= static_cast<Number>(byte & (kMore - 1)) << shift;
      if (byte < kMore) return {.value = value, .end = at};
    }
    return {};
  }
  [[gnu::noinline]] static Wide read_wide(const char* at, std::size_t bytes) {
    std::array<std::uint64_t, 4> limbs{};
    for (std::size_t i = 0; i < bytes; ++i)
      limbs[i / 8] |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(at[i])) << (i % 8 * 8);
    return Wide::from_limbs(limbs);
  }

  const char* at_;
  const char* end_;
};

// A visitor has
//   void rows(std::int64_t rows, std::int64_t units);
//   bool wants_means() const;  // any at all
//   bool wants(KeyId key) const;
//   void sum(KeyId key, std::int64_t rows, Fixed sum);
//   void mean(KeyId key, std::int64_t rows, Fixed weight, const Wide& product);
// False: it is not what encode() writes, as far as it was looked at.
template <class Visitor>
bool decode(std::string_view text, Visitor& visitor) {
  constexpr std::size_t kMostEntries = 1'000'000;
  SumsInput input(text);
  std::int64_t all_rows = 0;
  std::int64_t units = 0;
  std::uint64_t count = 0;
  if (!input.get_count(all_rows) || !input.get_count(units) || !input.get(count) || count > kMostEntries)
    return false;
  visitor.rows(all_rows, units);
  KeyId key = 0;
  std::uint64_t head = 0;
  std::int64_t rows = 0;
  const auto get_head = [&] {
    if (!input.get(head)) return false;
    key += static_cast<KeyId>(head >> 2);
    rows = all_rows;
    return (head & 2) != 0 || input.get_count(rows);
  };
  // Of what the number behind the head counts.
  const auto unit = [&] { return (head & 1) != 0 ? kFixedOne : std::int64_t{1}; };
  for (std::uint64_t i = 0; i < count; ++i) {
    if (!get_head()) return false;
    if (!visitor.wants(key)) {
      if (!input.skip()) return false;
      continue;
    }
    Fixed sum = 0;
    if (!input.get_signed(unit(), sum)) return false;
    visitor.sum(key, rows, sum);
  }
  if (!visitor.wants_means()) return true;
  key = 0;
  while (!input.finished()) {
    if (!get_head()) return false;
    if (!visitor.wants(key)) {
      if (!input.skip() || !input.skip_wide()) return false;
      continue;
    }
    Fixed weight = 0;
    Wide product;
    if (!input.get_signed(unit(), weight) || !input.get_wide(product)) return false;
    visitor.mean(key, rows, weight, product);
  }
  return true;
}

}  // namespace ceems::store
