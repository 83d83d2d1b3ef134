#include "store/totals.h"

#include "store/sums_decoder.h"

#include <algorithm>

namespace ceems::store {

namespace {

template <class Entry>
Entry find_entry(const std::vector<Entry>& entries, KeyId key) {
  const auto at = std::ranges::lower_bound(entries, key, {}, &Entry::key);
  return at != entries.end() && at->key == key ? *at : Entry{.key = key};
}

}  // namespace

// Puts entries where they belong; those without a place come to `rest`, in order.
class Totals::Visitor {
 public:
  Visitor(Totals& totals, std::size_t group, int sign) : totals_(totals), group_(group), sign_(sign) {}

  void rows(std::int64_t rows, std::int64_t units) {
    rows_ = sign_ * rows;
    totals_.heads_[group_].rows += rows_;
    totals_.heads_[group_].units += sign_ * units;
  }
  bool wants_means() const { return totals_.wants_means_; }
  bool wants(KeyId key) const { return totals_.slot(key) != kUnwanted; }
  void sum(KeyId key, std::int64_t rows, Fixed sum) {
    const Slot slot = totals_.slot(key);
    if (slot < kElsewhere) return totals_.add_sum(group_, slot, rows, sum, sign_);
    rest_.sums.push_back({.key = key, .rows = rows, .sum = sum});
  }
  void mean(KeyId key, std::int64_t rows, Fixed weight, const Wide& product) {
    const Slot slot = totals_.slot(key);
    if (slot < kElsewhere) return totals_.add_mean(group_, slot, rows, weight, product, sign_);
    rest_.means.push_back({.key = key, .rows = rows, .weight = weight, .product = product});
  }
  std::int64_t all_rows() const { return rows_; }
  void finish() {
    if (!rest_.sums.empty() || !rest_.means.empty()) totals_.rest_[group_].add(rest_, sign_);
  }

 private:
  Totals& totals_;
  std::size_t group_;
  int sign_;
  std::int64_t rows_ = 0;
  Sums rest_;
};

void Totals::begin(const KeyTable& keys, const KeyFilter& wanted) {
  constexpr std::size_t kMostSlots = 100;
  *this = Totals();
  slots_.assign(keys.size(), kUnwanted);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i >= wanted.size() || !wanted[i]) continue;
    const bool is_mean = combination(keys[static_cast<KeyId>(i)].metric) == Combination::kWeightedMean;
    std::size_t& count = is_mean ? mean_slots_ : sum_slots_;
    slots_[i] = count < kMostSlots ? static_cast<Slot>(count++) : kElsewhere;
    wants_means_ |= is_mean;
  }
}

void Totals::reserve(std::size_t groups) {
  heads_.reserve(groups);
  sums_.reserve(groups * sum_slots_);
  sum_rows_.reserve(groups * sum_slots_);
  means_.reserve(groups * mean_slots_);
  mean_rows_.reserve(groups * mean_slots_);
}

std::size_t Totals::add_group() {
  heads_.emplace_back();
  sums_.resize(heads_.size() * sum_slots_);
  sum_rows_.resize(heads_.size() * sum_slots_);
  means_.resize(heads_.size() * mean_slots_);
  mean_rows_.resize(heads_.size() * mean_slots_);
  return heads_.size() - 1;
}

void Totals::add_sum(std::size_t group, Slot slot, std::int64_t rows, Fixed sum, int sign) {
  const std::size_t at = group * sum_slots_ + slot;
  sums_[at] += sign * sum;
  sum_rows_[at] += sign * rows;
}

void Totals::add_mean(std::size_t group, Slot slot, std::int64_t rows, Fixed weight, const Wide& product,
                      int sign) {
  const std::size_t at = group * mean_slots_ + slot;
  mean_rows_[at] += sign * rows;
  means_[at].weight += sign * weight;
  if (sign > 0) {
    means_[at].product.add(product);
  } else {
    means_[at].product.subtract(product);
  }
}

bool Totals::add_encoded(std::size_t group, std::string_view text, int sign, std::int64_t& rows) {
  Visitor visitor(*this, group, sign);
  if (!decode(text, visitor)) return false;
  visitor.finish();
  rows = visitor.all_rows();
  return true;
}

void Totals::add(std::size_t group, const Sums& sums, int sign) {
  Visitor visitor(*this, group, sign);
  visitor.rows(sums.rows, sums.units);
  for (const SumEntry& entry : sums.sums)
    if (visitor.wants(entry.key)) visitor.sum(entry.key, entry.rows, entry.sum);
  for (const MeanEntry& entry : sums.means)
    if (visitor.wants(entry.key)) visitor.mean(entry.key, entry.rows, entry.weight, entry.product);
  visitor.finish();
}

SumEntry Totals::sum(std::size_t group, KeyId key) const {
  const Slot at = slot(key);
  if (at < kElsewhere) {
    const std::size_t place = group * sum_slots_ + at;
    return {.key = key, .rows = sum_rows_[place], .sum = sums_[place]};
  }
  const auto rest = rest_.find(group);
  return rest == rest_.end() ? SumEntry{.key = key} : find_entry(rest->second.sums, key);
}

MeanEntry Totals::mean(std::size_t group, KeyId key) const {
  const Slot at = slot(key);
  if (at < kElsewhere) {
    const std::size_t place = group * mean_slots_ + at;
    return {.key = key,
            .rows = mean_rows_[place],
            .weight = means_[place].weight,
            .product = means_[place].product};
  }
  const auto rest = rest_.find(group);
  return rest == rest_.end() ? MeanEntry{.key = key} : find_entry(rest->second.means, key);
}

}  // namespace ceems::store
