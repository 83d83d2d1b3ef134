#include "manager/hostlist.h"

#include <utility>

#include <gtest/gtest.h>

namespace ceems::manager {
namespace {

using Names = std::vector<std::string>;

TEST(Hostlist, ExpandsRangesWithTheWidthOfTheirFirstBound) {
  EXPECT_EQ(*expand_hostlist("a[08-11],b,c[1,3-4]"),
            (Names{"a08", "a09", "a10", "a11", "b", "c1", "c3", "c4"}));
}

TEST(Hostlist, MultipliesBracketsOutLeftmostSlowest) {
  EXPECT_EQ(*expand_hostlist("r[0-1]n[0-1]"), (Names{"r0n0", "r0n1", "r1n0", "r1n1"}));
  EXPECT_EQ(*expand_hostlist("a[0-1]-b[3,4]x"), (Names{"a0-b3x", "a0-b4x", "a1-b3x", "a1-b4x"}));
}

TEST(Hostlist, TakesNothingAsNoHost) {
  EXPECT_TRUE(expand_hostlist("")->empty());
}

TEST(Hostlist, RefusesMalformedBrackets) {
  for (const char* list : {"a[", "a]", "a[1", "a[1]]", "a[[1]]", "a[]", "a[x]", "a[2-1]", "a[1-]", "a[-1]",
                           "a[1,,2]", "a[99999999999999999999]"})
    EXPECT_EQ(expand_hostlist(list).error().code, base::ErrorCode::kInvalid) << list;
}

TEST(Hostlist, IsBounded) {
  EXPECT_EQ(expand_hostlist("a[0-999999999999]").error().code, base::ErrorCode::kTooLarge);
  EXPECT_EQ(expand_hostlist("a[0-999]b[0-999]").error().code, base::ErrorCode::kTooLarge);
  EXPECT_EQ(expand_hostlist("a[0-9],b[0-9]", 19).error().code, base::ErrorCode::kTooLarge);
  EXPECT_EQ(expand_hostlist("a[0-9],b[0-9]", 20)->size(), 20U);
}

}  // namespace
}  // namespace ceems::manager
