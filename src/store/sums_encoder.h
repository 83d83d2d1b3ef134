// Writing numbers of base 128, least significant digit first; the last byte of each is below 128. What
// sums_decoder.h reads. For this room only.
#pragma once

#include "store/exact.h"

#include <cstdint>
#include <string>

namespace ceems::store {

template <class Number>
void put_number(std::string& out, Number value) {
  constexpr unsigned kBits = 7;
  constexpr unsigned kMore = 0x80;
  while (value >= kMore) {
    out += static_cast<char>(static_cast<unsigned>(value & (kMore - 1)) | kMore);
    value >>= kBits;
  }
  out += static_cast<char>(value);
}

// Small magnitudes of either sign are short: 0, -1, 1, -2 are 0, 1, 2, 3.
inline void put_signed(std::string& out, Int128 value) {
  put_number(out, value < 0 ? ~(static_cast<Uint128>(value) << 1) : static_cast<Uint128>(value) << 1);
}

inline void put_count(std::string& out, std::int64_t value) {
  put_number(out, static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63));
}

}  // namespace ceems::store
