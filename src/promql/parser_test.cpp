#include "promql/parser.h"

#include "promql/printer.h"
#include "promql/test_cases.h"

#include <string>

#include <gtest/gtest.h>

namespace ceems::promql {
namespace {

std::string repeat(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i)
    out += text;
  return out;
}

std::string error_of(const std::string& query, const Limits& limits = {}) {
  const auto parsed = parse(query, limits);
  return parsed ? "valid: " + print(**parsed) : parsed.error().message;
}

TEST(Parser, ReadsWhatPrometheusReads) {
  for (const TestCase& test : read_test_cases("valid.txt")) {
    const auto parsed = parse(test.query);
    ASSERT_TRUE(parsed) << test.place << ": " << parsed.error().message;
    EXPECT_EQ(print(**parsed), test.expected) << test.place;
  }
}

TEST(Parser, ReadsItsOwnTextAsTheSameTree) {
  for (const TestCase& test : read_test_cases("valid.txt")) {
    const auto first = parse(test.query);
    ASSERT_TRUE(first) << test.place;
    const auto second = parse(print(**first));
    ASSERT_TRUE(second) << test.place << ": " << second.error().message;
    EXPECT_TRUE(equal(**first, **second)) << test.place;
    EXPECT_EQ(print(**second), print(**first)) << test.place;
  }
}

TEST(Parser, SaysWhereAndWhyAQueryIsNotValid) {
  for (const TestCase& test : read_test_cases("invalid.txt")) {
    const auto parsed = parse(test.query);
    ASSERT_FALSE(parsed) << test.place << ": " << print(**parsed);
    EXPECT_EQ(parsed.error().message, test.expected) << test.place;
    EXPECT_EQ(parsed.error().code, base::ErrorCode::kInvalid) << test.place;
  }
}

TEST(Parser, RefusesTextThatIsNotUtf8) {
  EXPECT_EQ(error_of("foo{a=\"\xff\"}"), "1:8: parse error: the string is not valid UTF-8");
  EXPECT_EQ(error_of("foo \xff"), "1:5: parse error: byte 0xff is not UTF-8");
  EXPECT_EQ(error_of("\xed\xa0\x80"), "1:1: parse error: byte 0xed is not UTF-8");
  EXPECT_EQ(error_of(std::string("foo\0", 4)), "1:4: parse error: unexpected control character 0x00");
}

TEST(Parser, LeavesCommentsOutWhateverTheyHold) {
  EXPECT_EQ(error_of("foo # \xff\xfe\n"), "valid: foo");
}

TEST(Parser, CountsLinesAndCharacters) {
  EXPECT_EQ(error_of("foo{a=\"äö\"} +\n  )"), "2:3: parse error: unexpected ')', expected an expression");
  EXPECT_EQ(error_of("foo{a=\"äö\"} )"),
            "1:13: parse error: unexpected ')', expected an operator or the end");
}

TEST(Parser, BoundsTheText) {
  const Limits limits{.text_bytes = 10};
  EXPECT_TRUE(parse("abcdefghij", limits));
  const auto parsed = parse("abcdefghijk", limits);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, base::ErrorCode::kTooLarge);
  EXPECT_EQ(parsed.error().message, "1:11: parse error: longer than 10 bytes");
}

TEST(Parser, BoundsNesting) {
  const std::size_t most = Limits{}.nesting;
  EXPECT_TRUE(parse(repeat("(", most - 1) + "a" + repeat(")", most - 1)));
  for (const auto& [open, close] : {std::pair{"(", ")"},
                                    {"-", ""},
                                    {"sum(", ")"},
                                    {"abs(", ")"},
                                    {"a ^ ", ""},
                                    {"a + (", ")"},
                                    {"sum by (x) (", ")"},
                                    {"(", ")[1h:]"}}) {
    const auto parsed = parse(repeat(open, most) + "a" + repeat(close, most));
    ASSERT_FALSE(parsed) << open;
    EXPECT_EQ(parsed.error().code, base::ErrorCode::kTooLarge) << open;
    EXPECT_TRUE(parsed.error().message.ends_with("nested deeper than 200 levels")) << parsed.error().message;
  }
}

TEST(Parser, BoundsNestingOfDurations) {
  EXPECT_TRUE(parse("a[" + repeat("(", 150) + "5m" + repeat(")", 150) + "]"));
  EXPECT_FALSE(parse("a[" + repeat("(", 300) + "5m" + repeat(")", 300) + "]"));
  EXPECT_FALSE(parse("a[" + repeat("max_of(1m,", 300) + "5m" + repeat(")", 300) + "]"));
  EXPECT_FALSE(parse("a[2" + repeat(" ^ 2", 300) + "]"));
  EXPECT_TRUE(parse("a[5m" + repeat(" + 5m", 900) + "]"));
  EXPECT_FALSE(parse("a[5m" + repeat(" + 5m", 1100) + "]"));
}

TEST(Parser, ReadsAnyNumberOfSignsInADuration) {
  EXPECT_EQ(error_of("a offset " + repeat("-", 10'001) + "5m"), "valid: a offset -5m");
}

TEST(Parser, BoundsChainsOfOperators) {
  EXPECT_TRUE(parse("1" + repeat(" + 1", Limits{}.height - 1)));
  EXPECT_EQ(error_of("1" + repeat(" + 1", Limits{}.height)),
            "1:3999: parse error: more than 1000 operations on top of each other");
  EXPECT_FALSE(parse("a" + repeat("[1m:]", Limits{}.height)));
}

TEST(Parser, BoundsTheNumberOfSelectors) {
  const Limits limits{.selectors = 3};
  EXPECT_TRUE(parse("label_replace(a, \"b\", \"c\", \"d\", \"e\") + b / c", limits));
  EXPECT_EQ(error_of("a + b + c[5m]", limits),
            "1:9: parse error: '+' is for scalars and instant vectors, not for a range vector");
  EXPECT_EQ(error_of("a + b + c + d", limits), "1:13: parse error: more than 3 selectors");
}

TEST(Parser, BoundsPatterns) {
  const std::string large = repeat("(a|b.){100}", 5);
  EXPECT_TRUE(parse("a{b=~\"" + large + "\"}"));
  const auto parsed = parse("a{" + repeat("b=~\"" + large + "\",", 200) + "}");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, base::ErrorCode::kTooLarge);
  EXPECT_FALSE(parse(R"(a{b=~"((a{100}){100}){100}"})"));
}

TEST(Parser, TakesAlternationsOfManyLiterals) {
  EXPECT_TRUE(parse("a{b=~\"x" + repeat("|1234567", 100'000) + "\"}"));
}

TEST(Parser, AnswersHostileTextQuickly) {
  const std::size_t size = std::size_t{1} << 20;
  for (const std::string_view piece :
       {"(",  "-",      "[",         "{",   "\"",     "\\", "a{", "a[", "sum(", "a+",
        "1^", "a[1m:]", "#",         "\n",  "a{b=\"", "a@", "0x", "1e", "a,",   "a{b=~\"(\"}+",
        " ",  "\xff",   "a offset ", "by(", "fill("}) {
    (void)parse(repeat(piece, size / piece.size()));
  }
}

TEST(ParserOfSelectors, TakesASelectorAndNothingElse) {
  const auto selector = parse_selector("up{job=\"a\"} # comment");
  ASSERT_TRUE(selector);
  EXPECT_EQ(print(*selector), "up{job=\"a\"}");
  EXPECT_TRUE(parse_selector("{__name__=~\"a.*\"}"));
  EXPECT_TRUE(parse_selector("sum"));
  for (const std::string_view text :
       {"", "up[5m]", "up offset 5m", "up @ 5", "(up)", "sum(up)", "1", "\"up\"", "up + up", "{}", "{a=\"\"}",
        "up{", "up smoothed", "on", "-up", "up up", "up{__name__=\"b\"}"}) {
    EXPECT_FALSE(parse_selector(text)) << text;
  }
}

TEST(ParserOfSelectors, TakesAnyMatchersWhereAskedTo) {
  for (const std::string_view text : {"{}", "{a=\"\"}", "{a!=\"b\",c=~\".*\"}", "up{a=\"\"}"}) {
    const auto selector = parse_any_selector(text);
    ASSERT_TRUE(selector) << text;
    EXPECT_EQ(print(*selector), text);
  }
  for (const std::string_view text : {"", "up[5m]", "{", "{} or {}", "up{__name__=\"b\"}", "{} offset 5m"}) {
    EXPECT_FALSE(parse_any_selector(text)) << text;
  }
}

}  // namespace
}  // namespace ceems::promql
