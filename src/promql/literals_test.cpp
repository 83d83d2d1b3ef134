#include "promql/literals.h"

#include "promql/strings.h"

#include <cmath>
#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace ceems::promql {
namespace {

std::string number(double value) {
  std::string out;
  append_number(out, value);
  return out;
}

std::string duration(std::int64_t milliseconds) {
  std::string out;
  append_duration(out, milliseconds);
  return out;
}

TEST(Numbers, ReadAsTheSameDoubleWhenPrinted) {
  for (const double value : {0.0, -0.0, 0.1, 1.0 / 3, 1e300, 5e-324, 1e21, 123456789.123, 9007199254740993.0,
                             std::numeric_limits<double>::max(), std::numeric_limits<double>::min()}) {
    const std::string text = number(std::abs(value));
    const auto read = parse_number(text);
    ASSERT_TRUE(read) << text;
    EXPECT_TRUE(same_number(*read, std::abs(value))) << text;
  }
}

TEST(Numbers, PrintInfinitiesAndNaN) {
  EXPECT_EQ(number(INFINITY), "Inf");
  EXPECT_EQ(number(-INFINITY), "-Inf");
  EXPECT_EQ(number(NAN), "NaN");
  EXPECT_EQ(number(-0.0), "-0");
}

TEST(Numbers, AreRefusedWhereAnUnderscoreSeparatesNoDigits) {
  for (const std::string_view text : {"_1", "1_", "1__0", "1_.5", "1._5", "0x_", "0x1__2", "1e_5"}) {
    EXPECT_FALSE(parse_number(text)) << text;
  }
}

TEST(Durations, ReadAsTheSameWhenPrinted) {
  for (const std::int64_t ms : {1LL, 999LL, 1000LL, 60'000LL, 5'400'000LL, 86'400'000LL, 604'800'000LL,
                                31'536'000'000LL, 31'536'000'001LL, 1'209'600'000LL, 9'223'372'036'854LL}) {
    EXPECT_EQ(parse_duration_ms(duration(ms)), ms) << duration(ms);
  }
}

TEST(Durations, KnowTheirUnitsAndTheirOrder) {
  EXPECT_EQ(parse_duration_ms("1y2w3d4h5m6s7ms"), 33'019'506'007);
  EXPECT_EQ(parse_duration_ms("1h30m"), 5'400'000);
  EXPECT_EQ(parse_duration_ms("0s"), 0);
  for (const std::string_view text : {"", "5", "m", "5m5m", "5m1h", "5mm", "5x", "-5m", "5 m", "292y200d",
                                      "99999999999999999999s", "9223372036855s"}) {
    EXPECT_FALSE(parse_duration_ms(text)) << text;
  }
}

TEST(Durations, ComeFromSecondsOnlyWhereTheyAreExact) {
  EXPECT_EQ(exact_milliseconds(300), 300'000);
  EXPECT_EQ(exact_milliseconds(1.5), 1500);
  EXPECT_EQ(exact_milliseconds(0.001), 1);
  for (const double seconds : {0.0, -1.0, 0.0005, 1.0005, 1e12, double(NAN), double(INFINITY)}) {
    EXPECT_FALSE(exact_milliseconds(seconds)) << seconds;
  }
}

TEST(Strings, ReadAsTheSameBytesWhenQuoted) {
  std::string all;
  for (int i = 0; i < 256; ++i)
    all.push_back(static_cast<char>(i));
  for (const std::string& text :
       {std::string(), all, std::string("ä日本\xf0\x9f\x98\x80"), std::string("\xef\xbf\xbd"),
        std::string("\xed\xa0\x80"), std::string("\xc3"), std::string("`'\"\\")}) {
    const auto read = unquote(quote(text));
    ASSERT_TRUE(read) << quote(text);
    EXPECT_EQ(*read, text) << quote(text);
  }
}

TEST(Strings, AreQuotedOnOneLineAndAsUtf8) {
  EXPECT_EQ(quote("a\nb\t\"\\\xff\x01\xef\xbf\xbdä"), "\"a\\nb\\t\\\"\\\\\\xff\\x01\\ufffdä\"");
}

TEST(Strings, SayWhereAnEscapeIsWrong) {
  const auto read = unquote("\"abc\\q\"");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().at, 4U);
  EXPECT_EQ(read.error().message, "unknown escape");
}

}  // namespace
}  // namespace ceems::promql
