#include "tsdb/promql_text.h"

#include <gtest/gtest.h>

namespace ceems::tsdb {
namespace {

TEST(PromqlText, EscapesWhatARegularExpressionWouldRead) {
  EXPECT_EQ(escape_regex("77[3].a|b"), R"(77\[3\]\.a\|b)");
  EXPECT_EQ(escape_regex("a\"b'c`d\ne\\"), R"(a\x22b\x27c\x60d\x0ae\\)");
  EXPECT_EQ(escape_regex("nginx-1_é@x"), "nginx-1_é@x");
}

TEST(PromqlText, JoinsAlternatives) {
  EXPECT_EQ(any_of_regex({"a.b", "c"}), R"(a\.b|c)");
  EXPECT_EQ(any_of_regex({}), "");
}

TEST(PromqlText, QuotesStrings) {
  EXPECT_EQ(quote("a\"b\\c\n"), R"("a\"b\\c\x0a")");
}

TEST(PromqlText, NeverPrintsAnEmptyRange) {
  EXPECT_EQ(milliseconds_text(std::chrono::minutes(15)), "900000ms");
  EXPECT_EQ(milliseconds_text(std::chrono::milliseconds(0)), "1ms");
}

TEST(PromqlText, KnowsALabelMatcher) {
  for (const char* text : {"a=\"b\"", " cluster =~ 'x|y' ", "_x!=`a\"b`", "a!~\"\\\"\""})
    EXPECT_TRUE(is_matcher(text)) << text;
  for (const char* text : {"", "a", "a=b", "a=\"b", "1a=\"b\"", "a==\"b\"", "a=\"b\",c=\"d\"",
                           "a=\"b\"} or up{x=\"y\"", "a=\"\\\"", "=\"b\"", "a=\"\n\""})
    EXPECT_FALSE(is_matcher(text)) << text;
}

}  // namespace
}  // namespace ceems::tsdb
