// What many groups add up to at once, number beside number, so that adding a block of sums allocates nothing.
// Plain, not thread-safe. For this room only.
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

  std::size_t size() const { return heads_.size(); }
  void reserve(std::size_t groups);
  // The number of the new group.
  std::size_t add_group();

  // Adds what `text` (see encode()) holds of the wanted keys. False: it cannot be read. `rows` is how many it
  // stands for, with that sign.
  bool add_encoded(std::size_t group, std::string_view text, int sign, std::int64_t& rows);
  void add(std::size_t group, const Sums& sums, int sign);

  std::int64_t units(std::size_t group) const { return heads_[group].units; }
  // Of that key; without rows if the group has none.
  SumEntry sum(std::size_t group, KeyId key) const;
  MeanEntry mean(std::size_t group, KeyId key) const;

 private:
  class Visitor;
  using Slot = std::uint8_t;
  static constexpr Slot kUnwanted = 255;
  static constexpr Slot kElsewhere = 254;

  struct Head {
    std::int64_t rows = 0;
    std::int64_t units = 0;
  };
  struct Mean {
    Fixed weight = 0;
    Wide product{};
  };

  Slot slot(KeyId key) const { return key < slots_.size() ? slots_[key] : kElsewhere; }
  void add_sum(std::size_t group, Slot slot, std::int64_t rows, Fixed sum, int sign);
  void add_mean(std::size_t group, Slot slot, std::int64_t rows, Fixed weight, const Wide& product, int sign);

  std::vector<Slot> slots_;  // by key; sums and means are numbered on their own
  std::size_t sum_slots_ = 0;
  std::size_t mean_slots_ = 0;
  bool wants_means_ = false;
  // By group, and in it by slot.
  std::vector<Head> heads_;
  std::vector<Fixed> sums_;
  std::vector<std::int64_t> sum_rows_;
  std::vector<Mean> means_;
  std::vector<std::int64_t> mean_rows_;
  std::unordered_map<std::size_t, Sums> rest_;  // by group
};

}  // namespace ceems::store
