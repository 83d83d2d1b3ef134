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

template <int kSign>
void add_to(std::uint64_t& word, std::int64_t count) {
  const auto bits = static_cast<std::uint64_t>(count);
  word = kSign > 0 ? word + bits : word - bits;
}

template <int kSign>
void add_to(std::uint64_t* words, Fixed value) {
  Uint128 sum = static_cast<Uint128>(words[1]) << 64 | words[0];
  sum = kSign > 0 ? sum + static_cast<Uint128>(value) : sum - static_cast<Uint128>(value);
  words[0] = static_cast<std::uint64_t>(sum);
  words[1] = static_cast<std::uint64_t>(sum >> 64);
}

template <int kSign>
void add_to(std::uint64_t* words, const Wide& value) {
  Wide sum = Wide::from_limbs({words[0], words[1], words[2], words[3]});
  if (kSign > 0) {
    sum.add(value);
  } else {
    sum.subtract(value);
  }
  std::ranges::copy(sum.limbs(), words);
}

}  // namespace

// Puts entries where they belong; those without a place come to `unplaced_`, in order.
template <int kSign>
class Totals::Visitor {
 public:
  Visitor(Totals& totals, std::size_t group)
      : totals_(totals),
        places_(totals.places_.data()),
        keys_(totals.places_.size()),
        words_(&totals.words_[group * totals.stride_]) {}

  void rows(std::int64_t rows, std::int64_t units) {
    rows_ = kSign * rows;
    add_to<kSign>(words_[kUnits], units);
  }
  bool wants_means() const { return totals_.wants_means_; }
  bool wants(KeyId key) const { return place(key) != kUnwanted; }
  void sum(KeyId key, std::int64_t rows, Fixed sum) {
    const Place at = place(key);
    if (at >= kElsewhere) return keep({.key = key, .rows = rows, .sum = sum});
    add_to<kSign>(words_ + at, sum);
    add_to<kSign>(words_[at + 2], rows);
  }
  void mean(KeyId key, std::int64_t rows, Fixed weight, const Wide& product) {
    const Place at = place(key);
    if (at >= kElsewhere) return keep({.key = key, .rows = rows, .weight = weight, .product = product});
    add_to<kSign>(words_ + at, weight);
    add_to<kSign>(words_[at + 2], rows);
    add_to<kSign>(words_ + at + 3, product);
  }
  std::int64_t all_rows() const { return rows_; }
  void finish(std::size_t group) {
    Sums& unplaced = totals_.unplaced_;
    if (unplaced.sums.empty() && unplaced.means.empty()) return;
    totals_.rest_[group].add(unplaced, kSign);
    unplaced.clear();
  }

 private:
  Place place(KeyId key) const { return key < keys_ ? places_[key] : kElsewhere; }
  void keep(const SumEntry& entry) { keep(totals_.unplaced_.sums, entry); }
  void keep(const MeanEntry& entry) { keep(totals_.unplaced_.means, entry); }
  // Seldom needed, and too long to stand where it is.
  template <class Entry>
  [[gnu::noinline]] static void keep(std::vector<Entry>& entries, Entry entry) {
    entries.push_back(entry);
  }

  Totals& totals_;
  const Place* places_;
  std::size_t keys_;
  std::uint64_t* words_;
  std::int64_t rows_ = 0;
};

void Totals::begin(const KeyTable& keys, const KeyFilter& wanted) {
  constexpr std::size_t kMostWords = 500;
  *this = Totals();
  places_.assign(keys.size(), kUnwanted);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i >= wanted.size() || !wanted[i]) continue;
    const bool is_mean = combination(keys[static_cast<KeyId>(i)].metric) == Combination::kWeightedMean;
    wants_means_ |= is_mean;
    places_[i] = kElsewhere;
    const std::size_t words = is_mean ? kMeanWords : kSumWords;
    if (stride_ + words > kMostWords) continue;
    places_[i] = static_cast<Place>(stride_);
    stride_ += words;
  }
}

void Totals::reserve(std::size_t groups) {
  words_.reserve(groups * stride_);
}

std::size_t Totals::add_group() {
  words_.resize(words_.size() + stride_);
  return groups_++;
}

void Totals::expect(std::size_t group) const {
  constexpr std::size_t kLine = 64 / sizeof(std::uint64_t);
  if (group >= groups_) return;
  const std::uint64_t* const words = &words_[group * stride_];
  for (std::size_t i = 0; i < stride_; i += kLine)
    __builtin_prefetch(words + i, 1);
}

template <int kSign>
bool Totals::add_text(std::size_t group, std::string_view text, std::int64_t& rows) {
  Visitor<kSign> visitor(*this, group);
  const bool readable = decode(text, visitor);
  visitor.finish(group);
  rows = visitor.all_rows();
  return readable;
}

template <int kSign>
void Totals::add_sums(std::size_t group, const Sums& sums) {
  Visitor<kSign> visitor(*this, group);
  visitor.rows(sums.rows, sums.units);
  for (const SumEntry& entry : sums.sums)
    if (visitor.wants(entry.key)) visitor.sum(entry.key, entry.rows, entry.sum);
  for (const MeanEntry& entry : sums.means)
    if (visitor.wants(entry.key)) visitor.mean(entry.key, entry.rows, entry.weight, entry.product);
  visitor.finish(group);
}

bool Totals::add_encoded(std::size_t group, std::string_view text, int sign, std::int64_t& rows) {
  expect(group + 1);
  return sign > 0 ? add_text<1>(group, text, rows) : add_text<-1>(group, text, rows);
}

void Totals::add(std::size_t group, const Sums& sums, int sign) {
  if (sign > 0) {
    add_sums<1>(group, sums);
  } else {
    add_sums<-1>(group, sums);
  }
}

SumEntry Totals::sum_elsewhere(std::size_t group, KeyId key) const {
  const auto rest = rest_.find(group);
  return rest == rest_.end() ? SumEntry{.key = key} : find_entry(rest->second.sums, key);
}

MeanEntry Totals::mean_elsewhere(std::size_t group, KeyId key) const {
  const auto rest = rest_.find(group);
  return rest == rest_.end() ? MeanEntry{.key = key} : find_entry(rest->second.means, key);
}

}  // namespace ceems::store
