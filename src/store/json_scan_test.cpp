#include "store/json_scan.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::store {
namespace {

using Strings = std::vector<std::string>;

TEST(StringList, ReadsEscapes) {
  const auto list = parse_string_list(R"([ "a\"\\\/\b\f\n\r\t", "\u00e9\ud83d\ude00", "\ud800" ])");
  ASSERT_TRUE(list);
  EXPECT_EQ(*list, (Strings{"a\"\\/\b\f\n\r\t", "\u00e9\U0001F600", "\uFFFD"}));
}

TEST(StringList, ReadsNothingAsEmpty) {
  for (const char* text : {"", "null", "[]", " [ ] "}) {
    const auto list = parse_string_list(text);
    ASSERT_TRUE(list) << text;
    EXPECT_TRUE(list->empty()) << text;
  }
}

TEST(StringList, RefusesOtherThings) {
  for (const char* text : {"[1]", "[\"a\",]", "[\"a\"", "{}", "\"a\"", "[\"a\"]x", "[[\"a\"]]"})
    EXPECT_FALSE(parse_string_list(text)) << text;
}

TEST(StringList, PrintsWhatItReads) {
  const Strings list = {"<a>&", "b\"\\", "\xE2\x80\xA8", ""};
  EXPECT_EQ(to_json(list), R"(["\u003ca\u003e\u0026","b\"\\","\u2028",""])");
  EXPECT_EQ(*parse_string_list(to_json(list)), list);
}

TEST(SpliceObject, KeepsNumbersAsTheyAreWritten) {
  EXPECT_EQ(*splice_object(R"({"mem":8589934592,"x":1.50e400,"tags":["<b>",null,true]})"),
            R"({"mem":8589934592,"x":1.50e400,"tags":["\u003cb\u003e",null,true]})");
}

TEST(SpliceObject, TakesNothingForAnEmptyObject) {
  EXPECT_EQ(*splice_object(""), "{}");
  EXPECT_EQ(*splice_object("null"), "{}");
}

TEST(SpliceObject, RefusesWhatWouldBreakTheAnswerAroundIt) {
  for (const char* text : {"[]", "{\"a\":}", "{\"a\":1", "{\"a\":1}}", "{\"a\":tru}", "x", "{\"\xff\":1}"})
    EXPECT_FALSE(splice_object(text)) << text;
  EXPECT_FALSE(splice_object(std::string(100, '[') + std::string(100, ']')));
  std::string deep;
  for (int i = 0; i < 100; ++i)
    deep += "{\"a\":";
  EXPECT_FALSE(splice_object(deep + "1" + std::string(100, '}')));
}

}  // namespace
}  // namespace ceems::store
