// What many groups add up to at once, a group's numbers side by side, so that adding a block of sums
// allocates nothing and fetches few lines of memory. Plain, not thread-safe. For this room only.
#pragma once

#include "store/keys.h"
#include "store/sums.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ceems::store {

class Totals {
 public:
  // Those keys of the table that are wanted get a place in each group, the first hundred or so of them.
  // Others, also those that are not in the table, are found more slowly.
  void begin(const KeyTable& keys, const KeyFilter& wanted);

  std::size_t size() const { return groups_; }
  void reserve(std::size_t groups);
  // The number of the new group.
  std::size_t add_group();

  // Adds what `text` (see encode()) holds of the wanted keys. False: it cannot be read. `rows` is how many it
  // stands for, with that sign. Fastest where groups come in order.
  bool add_encoded(std::size_t group, std::string_view text, int sign, std::int64_t& rows);
  void add(std::size_t group, const Sums& sums, int sign);
  // Has the group's numbers fetched, which will soon be needed. It need not exist.
  void expect(std::size_t group) const;

  std::int64_t units(std::size_t group) const {
    return static_cast<std::int64_t>(words_[group * stride_ + kUnits]);
  }
  // Of that key; without rows if the group has none.
  SumEntry sum(std::size_t group, KeyId key) const {
    const Place at = place(key);
    if (at >= kElsewhere) return sum_elsewhere(group, key);
    const std::uint64_t* const words = &words_[group * stride_ + at];
    return {.key = key, .rows = static_cast<std::int64_t>(words[2]), .sum = fixed(words)};
  }
  MeanEntry mean(std::size_t group, KeyId key) const {
    const Place at = place(key);
    if (at >= kElsewhere) return mean_elsewhere(group, key);
    const std::uint64_t* const words = &words_[group * stride_ + at];
    return {.key = key,
            .rows = static_cast<std::int64_t>(words[2]),
            .weight = fixed(words),
            .product = Wide::from_limbs({words[3], words[4], words[5], words[6]})};
  }

 private:
  template <int kSign>
  class Visitor;
  // Where a key's numbers begin in a group's: a sum or weight in two words, least significant first, the rows
  // that have the key, and of a mean the four of the product.
  using Place = std::uint16_t;
  static constexpr Place kUnwanted = 65'535;
  static constexpr Place kElsewhere = 65'534;
  static constexpr std::size_t kUnits = 0;  // and the keys from here on
  static constexpr std::size_t kFirstPlace = 1;
  static constexpr std::size_t kSumWords = 3;
  static constexpr std::size_t kMeanWords = 7;

  static Fixed fixed(const std::uint64_t* words) {
    return static_cast<Fixed>(static_cast<Uint128>(words[1]) << 64 | words[0]);
  }
  Place place(KeyId key) const { return key < places_.size() ? places_[key] : kElsewhere; }
  SumEntry sum_elsewhere(std::size_t group, KeyId key) const;
  MeanEntry mean_elsewhere(std::size_t group, KeyId key) const;
  template <int kSign>
  bool add_text(std::size_t group, std::string_view text, std::int64_t& rows);
  template <int kSign>
  void add_sums(std::size_t group, const Sums& sums);

  std::vector<Place> places_;  // by key
  bool wants_means_ = false;
  std::size_t groups_ = 0;
  std::size_t stride_ = kFirstPlace;  // words of a group
  std::vector<std::uint64_t> words_;
  std::unordered_map<std::size_t, Sums> rest_;  // by group
  Sums unplaced_;                               // of the text at hand
};

}  // namespace ceems::store
