#include "store/extremes.h"

#include "store/exact.h"
#include "store/test_database.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::store {
namespace {

// Two smallest values and two largest.
KeyTable four_keys() {
  KeyTable keys;
  for (const Metric metric : {Metric::kMinCustomStats, Metric::kMaxCustomStats})
    for (const char* name : {"a", "b"})
      keys.id_of(metric, name);
  return keys;
}

TEST(Extremes, TakeTheSmallerAndTheLargerByName) {
  const KeyTable keys = four_keys();
  ExtremeEntries extremes = {{0, 5}, {2, 5}};
  EXPECT_FALSE(widen(extremes, {{0, 5}, {2, 4}}, keys));
  EXPECT_TRUE(widen(extremes, {{0, -6}, {1, 3}, {2, 7}}, keys));
  EXPECT_EQ(extremes, (ExtremeEntries{{0, -6}, {1, 3}, {2, 7}}));
}

TEST(Extremes, ShrinkOnlyWhereTheFurthestGoesAndNothingLikeItComes) {
  const KeyTable keys = four_keys();
  const ExtremeEntries stored = {{0, 10}, {2, 90}};
  EXPECT_FALSE(may_shrink(stored, {{0, 11}, {2, 89}}, {}, keys));
  EXPECT_TRUE(may_shrink(stored, {{0, 10}}, {}, keys));
  EXPECT_TRUE(may_shrink(stored, {{2, 90}}, {{2, 89}}, keys));
  EXPECT_FALSE(may_shrink(stored, {{0, 10}, {2, 90}}, {{0, 10}, {2, 91}}, keys));
  EXPECT_TRUE(may_shrink(stored, {{3, 1}}, {}, keys));
}

TEST(Extremes, AreReadAsTheyWereWritten) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 1'000; ++round) {
    ExtremeEntries extremes;
    KeyId key = 0;
    for (std::uint64_t i = random() % 6; i > 0; --i) {
      key += 1 + static_cast<KeyId>(random() % 300);
      const auto value = static_cast<Fixed>(static_cast<std::int64_t>(random() >> random() % 64));
      extremes.push_back({key, (random() % 2 == 0 ? value : -value) * (random() % 2 == 0 ? kFixedOne : 1)});
    }
    ExtremeEntries read = {{9, 9}};
    ASSERT_TRUE(decode_extremes(encode_extremes(extremes), read));
    ASSERT_EQ(read, extremes);
  }
}

TEST(Extremes, AreRefusedWhenTheyAreCutOff) {
  const std::string text = encode_extremes({{300, 7}});
  ExtremeEntries read;
  for (std::size_t length = 1; length < text.size(); ++length)
    EXPECT_FALSE(decode_extremes(std::string_view(text).substr(0, length), read)) << length;
}

}  // namespace
}  // namespace ceems::store
