#include "base/byte_set.h"

#include <gtest/gtest.h>

namespace ceems::base {
namespace {

TEST(ByteSet, HoldsTheBytesThatItIsMadeOf) {
  constexpr ByteSet set("a\xff|");
  static_assert(set.contains('a') && set.contains('\xff') && set.contains('|') && !set.contains('b'));
  EXPECT_FALSE(set.contains('\0'));
}

TEST(ByteSet, HoldsTheBytesOfAPredicate) {
  constexpr ByteSet digits([](char c) { return c >= '0' && c <= '9'; });
  EXPECT_EQ(digits.prefix_of("12a3"), 2U);
  EXPECT_EQ(digits.prefix_of(""), 0U);
  EXPECT_EQ(digits.prefix_of("123"), 3U);
}

}  // namespace
}  // namespace ceems::base
