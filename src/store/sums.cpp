#include "store/sums.h"

#include "store/sums_decoder.h"
#include "store/sums_encoder.h"

#include <algorithm>

namespace ceems::store {

namespace {

void put_wide(std::string& out, const Wide& value) {
  const bool negative = value.is_negative();
  auto limbs = (negative ? value.negated() : value).limbs();
  std::size_t used = limbs.size();
  while (used > 0 && limbs[used - 1] == 0)
    --used;
  // Its length in bytes, its sign, its bytes.
  std::size_t bytes = used * 8;
  while (bytes > 0 && static_cast<std::uint8_t>(limbs[(bytes - 1) / 8] >> ((bytes - 1) % 8 * 8)) == 0)
    --bytes;
  out += static_cast<char>(bytes << 1 | (negative ? 1U : 0U));
  for (std::size_t i = 0; i < bytes; ++i)
    out += static_cast<char>(static_cast<std::uint8_t>(limbs[i / 8] >> (i % 8 * 8)));
}

// The entry of that key. Keys come in order, so it is mostly where the last one was found or behind it.
template <class Entry>
Entry& entry_of(std::vector<Entry>& entries, std::size_t& at, KeyId key) {
  while (at < entries.size() && entries[at].key < key)
    ++at;
  // As many as a row usually has: growing one by one would move them several times.
  constexpr std::size_t kUsual = sizeof(Entry) > sizeof(SumEntry) ? 4 : 24;
  if (entries.empty()) entries.reserve(kUsual);
  if (at == entries.size() || entries[at].key != key)
    entries.insert(entries.begin() + static_cast<std::ptrdiff_t>(at), Entry{.key = key});
  return entries[at];
}

template <class Entry>
bool all_empty(const std::vector<Entry>& entries) {
  return std::ranges::all_of(entries, [](const Entry& entry) { return entry == Entry{.key = entry.key}; });
}

void add_to(SumEntry& entry, std::int64_t rows, Fixed sum, int sign) {
  entry.rows += sign * rows;
  entry.sum += sign * sum;
}

void add_to(MeanEntry& entry, std::int64_t rows, Fixed weight, const Wide& product, int sign) {
  entry.rows += sign * rows;
  entry.weight += sign * weight;
  if (sign > 0) {
    entry.product.add(product);
  } else {
    entry.product.subtract(product);
  }
}

// Adds what is wanted to sums.
class Adding {
 public:
  Adding(Sums& sums, int sign, const KeyFilter& wanted) : sums_(sums), sign_(sign), wanted_(wanted) {}

  void rows(std::int64_t rows, std::int64_t units) {
    sums_.rows += sign_ * rows;
    sums_.units += sign_ * units;
  }
  bool wants_means() const { return true; }
  bool wants(KeyId key) const { return key < wanted_.size() && wanted_[key]; }
  void sum(KeyId key, std::int64_t rows, Fixed sum) {
    add_to(entry_of(sums_.sums, at_sum_, key), rows, sum, sign_);
  }
  void mean(KeyId key, std::int64_t rows, Fixed weight, const Wide& product) {
    add_to(entry_of(sums_.means, at_mean_, key), rows, weight, product, sign_);
  }

 private:
  Sums& sums_;
  int sign_;
  const KeyFilter& wanted_;
  std::size_t at_sum_ = 0;
  std::size_t at_mean_ = 0;
};

void put_head(std::string& out, KeyId distance, std::int64_t rows, std::int64_t all_rows, bool whole) {
  put_number(out,
             static_cast<std::uint64_t>(distance) << 2 | (rows == all_rows ? 2U : 0U) | (whole ? 1U : 0U));
  if (rows != all_rows) put_count(out, rows);
}

}  // namespace

void Sums::clear() {
  rows = 0;
  units = 0;
  sums.clear();
  means.clear();
}

bool Sums::is_zero() const {
  return rows == 0 && units == 0 && all_empty(sums) && all_empty(means);
}

void Sums::add(const Sums& other, int sign) {
  rows += sign * other.rows;
  units += sign * other.units;
  std::size_t at = 0;
  for (const SumEntry& entry : other.sums)
    add_to(entry_of(sums, at, entry.key), entry.rows, entry.sum, sign);
  at = 0;
  for (const MeanEntry& entry : other.means)
    add_to(entry_of(means, at, entry.key), entry.rows, entry.weight, entry.product, sign);
}

std::string encode(const Sums& sums) {
  std::string out;
  put_count(out, sums.rows);
  put_count(out, sums.units);
  put_number(out, static_cast<std::uint64_t>(std::ranges::count_if(
                      sums.sums, [](const SumEntry& entry) { return entry != SumEntry{.key = entry.key}; })));
  KeyId last = 0;
  for (const SumEntry& entry : sums.sums) {
    if (entry == SumEntry{.key = entry.key}) continue;
    const bool whole = entry.sum % kFixedOne == 0;
    put_head(out, entry.key - last, entry.rows, sums.rows, whole);
    put_signed(out, whole ? entry.sum / kFixedOne : entry.sum);
    last = entry.key;
  }
  last = 0;
  for (const MeanEntry& entry : sums.means) {
    if (entry == MeanEntry{.key = entry.key}) continue;
    const bool whole = entry.weight % kFixedOne == 0;
    put_head(out, entry.key - last, entry.rows, sums.rows, whole);
    put_signed(out, whole ? entry.weight / kFixedOne : entry.weight);
    put_wide(out, entry.product);
    last = entry.key;
  }
  return out;
}

bool add_encoded(Sums& sums, std::string_view text, int sign, const KeyFilter& wanted) {
  Adding adding(sums, sign, wanted);
  return decode(text, adding);
}

}  // namespace ceems::store
