#include "base/text.h"

#include <gtest/gtest.h>

namespace ceems::base {
namespace {

TEST(Text, TrimsBlanksOfBothEnds) {
  EXPECT_EQ(trim(" \ta b\r\n"), "a b");
}

TEST(Text, SplitKeepsEmptyPieces) {
  EXPECT_EQ(split("a,,b,", ','), (std::vector<std::string_view>{"a", "", "b", ""}));
  EXPECT_EQ(split("", ',').size(), 1U);
}

TEST(Text, WalksLinesWithAndWithoutFinalLineEnd) {
  std::string_view rest = "one\n\ntwo";
  std::string_view line;
  ASSERT_TRUE(next_line(rest, line));
  EXPECT_EQ(line, "one");
  ASSERT_TRUE(next_line(rest, line));
  EXPECT_EQ(line, "");
  ASSERT_TRUE(next_line(rest, line));
  EXPECT_EQ(line, "two");
  EXPECT_FALSE(next_line(rest, line));
}

TEST(Text, ParsesWholeNumbersOnly) {
  EXPECT_EQ(parse_u64("18446744073709551615"), 18446744073709551615ULL);
  EXPECT_FALSE(parse_u64("18446744073709551616"));
  EXPECT_FALSE(parse_u64("12 "));
  EXPECT_FALSE(parse_u64("-1"));
  EXPECT_FALSE(parse_u64(""));
  EXPECT_EQ(parse_i64("-9"), -9);
  EXPECT_EQ(parse_double("+0.5"), 0.5);
  EXPECT_FALSE(parse_double("0.5x"));
}

TEST(Text, CountsCpuLists) {
  EXPECT_EQ(count_cpu_list("0-3,8\n"), 5U);
  EXPECT_EQ(count_cpu_list("0"), 1U);
  EXPECT_EQ(count_cpu_list("\n"), 0U);
  EXPECT_FALSE(count_cpu_list("3-1"));
  EXPECT_FALSE(count_cpu_list("0-99999999999"));
  EXPECT_FALSE(count_cpu_list("a"));
}

TEST(Text, QuotesJsonAndReplacesInvalidUtf8) {
  EXPECT_EQ(json_quote("a\"\\\n\x01"), "\"a\\\"\\\\\\n\\u0001\"");
  EXPECT_EQ(json_quote("\xC3\xA9\xFF"), "\"\xC3\xA9\xEF\xBF\xBD\"");
  EXPECT_FALSE(is_valid_utf8("\xED\xA0\x80"));  // a surrogate
  EXPECT_FALSE(is_valid_utf8("\xC0\xAF"));      // overlong
}

}  // namespace
}  // namespace ceems::base
