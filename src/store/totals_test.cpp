#include "store/totals.h"

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ceems::store {
namespace {

// Counts of all lengths and both signs, every other one whole.
class Numbers {
 public:
  explicit Numbers(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t end) { return random_() % end; }
  std::int64_t count() {
    const auto magnitude = static_cast<std::int64_t>(random_() >> (1 + random_() % 63));
    return random_() % 4 == 0 ? -magnitude : magnitude;
  }
  Fixed fixed() {
    const Fixed value = Fixed{count()} * (random_() % 8 == 0 ? count() : 1);
    // So that sums stay in 128 bits.
    return random_() % 2 == 0 ? value / kFixedOne * kFixedOne / 1'024 : value / 1'024;
  }

 private:
  std::mt19937_64 random_;
};

Sums random_sums(Numbers& numbers, const KeyTable& keys) {
  Sums sums{.rows = numbers.count() / 1'024, .units = numbers.count() / 1'024};
  for (KeyId key = 0; key < keys.size(); ++key) {
    if (numbers.below(3) == 0) continue;
    const std::int64_t rows = numbers.below(2) == 0 ? sums.rows : numbers.count() / 1'024;
    if (combination(keys[key].metric) == Combination::kSum) {
      sums.sums.push_back({.key = key, .rows = rows, .sum = numbers.fixed()});
    } else {
      const Wide product = Wide::product(numbers.fixed() / 65'536, numbers.fixed());
      sums.means.push_back({.key = key, .rows = rows, .weight = numbers.fixed(), .product = product});
    }
  }
  return sums;
}

KeyTable keys_of(std::size_t count) {
  KeyTable keys;
  for (std::size_t i = 0; i < count; ++i)
    keys.id_of(i % 5 == 0 ? Metric::kAvgCpuUsage : Metric::kTotalIoReadStats, fmt::format("name{}", i));
  return keys;
}

void expect_equal(const Totals& totals, std::size_t group, const Sums& expected, const KeyTable& keys,
                  const KeyFilter& wanted) {
  EXPECT_EQ(totals.units(group), expected.units);
  std::vector<SumEntry> sums(keys.size());
  std::vector<MeanEntry> means(keys.size());
  for (const SumEntry& entry : expected.sums)
    sums[entry.key] = entry;
  for (const MeanEntry& entry : expected.means)
    means[entry.key] = entry;
  for (KeyId key = 0; key < keys.size(); ++key) {
    if (!wanted[key]) continue;
    sums[key].key = means[key].key = key;
    if (combination(keys[key].metric) == Combination::kSum) {
      EXPECT_TRUE(totals.sum(group, key) == sums[key]) << key;
    } else {
      EXPECT_TRUE(totals.mean(group, key) == means[key]) << key;
    }
  }
}

// How many keys there are: few, and more than have a place of their own.
class RandomSums : public testing::TestWithParam<std::size_t> {};

TEST_P(RandomSums, AddUpInEachGroupWhetherEncodedOrNot) {
  constexpr std::size_t kGroups = 7;
  Numbers numbers(7);
  const KeyTable keys = keys_of(GetParam());
  KeyFilter wanted(keys.size(), true);
  for (KeyId key = 0; key < keys.size(); key += 4)
    wanted[key] = false;
  Totals totals;
  totals.begin(keys, wanted);
  totals.reserve(2);
  std::vector<Sums> expected(kGroups);
  for (std::size_t group = 0; group < kGroups; ++group)
    EXPECT_EQ(totals.add_group(), group);
  for (int i = 0; i < 300; ++i) {
    const std::size_t group = numbers.below(kGroups);
    const Sums sums = random_sums(numbers, keys);
    const int sign = numbers.below(2) == 0 ? 1 : -1;
    expected[group].add(sums, sign);
    if (numbers.below(4) == 0) {
      totals.add(group, sums, sign);
      continue;
    }
    std::int64_t rows = 0;
    ASSERT_TRUE(totals.add_encoded(group, encode(sums), sign, rows));
    EXPECT_EQ(rows, sign * sums.rows);
  }
  for (std::size_t group = 0; group < kGroups; ++group)
    expect_equal(totals, group, expected[group], keys, wanted);
}

INSTANTIATE_TEST_SUITE_P(Keys, RandomSums, testing::Values(1, 20, 400));

TEST(Totals, AreNothingWhereNothingWasAdded) {
  const KeyTable keys = keys_of(400);
  Totals totals;
  totals.begin(keys, KeyFilter(keys.size(), true));
  const std::size_t group = totals.add_group();
  totals.expect(group);
  totals.expect(group + 1);
  expect_equal(totals, group, Sums(), keys, KeyFilter(keys.size(), true));
}

TEST(Totals, AreNotReadFromTextThatEndsEarly) {
  Numbers numbers(7);
  const KeyTable keys = keys_of(20);
  Sums sums = random_sums(numbers, keys);
  sums.sums.push_back({.key = 30, .rows = 1, .sum = 1});
  sums.means.clear();
  const std::string text = encode(sums);
  Totals totals;
  totals.begin(keys, KeyFilter(keys.size(), true));
  totals.add_group();
  std::int64_t rows = 0;
  for (std::size_t size = 0; size < text.size(); ++size)
    EXPECT_FALSE(totals.add_encoded(0, text.substr(0, size), 1, rows)) << size;
  EXPECT_TRUE(totals.add_encoded(0, text, 1, rows));
}

}  // namespace
}  // namespace ceems::store
