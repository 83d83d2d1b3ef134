#include "access/intervals.h"

#include <cstdint>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::access {
namespace {

constexpr std::int64_t kFirst = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();

using Ranges = std::vector<store::TimeRange>;

TEST(Complement, IsEverythingElse) {
  EXPECT_EQ(complement({}), (Ranges{{kFirst, kLast}}));
  EXPECT_EQ(complement({{kFirst, kLast}}), Ranges{});
  EXPECT_EQ(complement({{5, 7}}), (Ranges{{kFirst, 4}, {8, kLast}}));
  EXPECT_EQ(complement({{5, kLast}}), (Ranges{{kFirst, 4}}));
  EXPECT_EQ(complement({{kFirst, 5}}), (Ranges{{6, kLast}}));
}

TEST(Complement, JoinsWhatOverlapsOrTouches) {
  EXPECT_EQ(complement({{20, 30}, {1, 5}, {6, 7}, {25, 26}, {3, 4}}),
            (Ranges{{kFirst, 0}, {8, 19}, {31, kLast}}));
  EXPECT_EQ(complement({{3, kLast}, {1, 5}, {9, 9}}), (Ranges{{kFirst, 0}}));
  EXPECT_EQ(complement({{9, 8}}), (Ranges{{kFirst, kLast}}));
}

TEST(Complement, OfTheComplementIsTheSameSet) {
  const Ranges joined{{1, 7}, {20, 30}};
  EXPECT_EQ(complement(complement(joined)), joined);
}

}  // namespace
}  // namespace ceems::access
