// Sums over rows of units or daily_usage, and their compact form in the rollups. Plain values. For this room
// only.
#pragma once

#include "store/exact.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::store {

// The number of a metric and a sub-metric's name in the table of keys; small.
using KeyId = std::uint32_t;

// What rows of a summed metric add up to under one name.
struct SumEntry {
  KeyId key = 0;
  std::int64_t rows = 0;  // that have the name
  Fixed sum = 0;
  friend bool operator==(const SumEntry&, const SumEntry&) = default;
};

// Likewise of an averaged metric.
struct MeanEntry {
  KeyId key = 0;
  std::int64_t rows = 0;
  Fixed weight = 0;
  Wide product{};
  friend bool operator==(const MeanEntry&, const MeanEntry&) = default;
};

// The smallest or the largest value of rows under one name.
struct ExtremeEntry {
  KeyId key = 0;
  Fixed value = 0;
  friend bool operator==(const ExtremeEntry&, const ExtremeEntry&) = default;
};
using ExtremeEntries = std::vector<ExtremeEntry>;  // sorted by key

struct Sums {
  std::int64_t rows = 0;
  std::int64_t units = 0;
  std::vector<SumEntry> sums{};    // sorted by key; an entry without rows is dropped when written
  std::vector<MeanEntry> means{};  // likewise

  void clear();
  // Nothing is left: neither rows nor any entry's.
  bool is_zero() const;
  // sign: 1 or -1.
  void add(const Sums& other, int sign);
  friend bool operator==(const Sums&, const Sums&) = default;
};

// Little-endian base 128 numbers: rows, units, number of sums, the sums, the means. An entry's head is the
// distance of its key from the one before, a bit for "all rows have it" and one for "whole numbers"; then its
// rows unless all, and its sum, or its weight and product.
std::string encode(const Sums& sums);

// Which keys are wanted, by number; those beyond its end are not.
using KeyFilter = std::vector<bool>;

// Adds what `text` holds of the wanted keys. False: it is not what encode() writes, and the sums are
// unusable.
bool add_encoded(Sums& sums, std::string_view text, int sign, const KeyFilter& wanted);

}  // namespace ceems::store
