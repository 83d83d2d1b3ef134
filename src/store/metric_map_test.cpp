#include "store/metric_map.h"

#include <cmath>
#include <limits>
#include <random>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ceems::store {
namespace {

std::string number(double value) {
  std::string out;
  append_number(out, value);
  return out;
}

TEST(MetricMap, PrintsWholeNumbersAsIntegersAndOthersWithEightDecimals) {
  EXPECT_EQ(number(3), "3");
  EXPECT_EQ(number(-2), "-2");
  EXPECT_EQ(number(0.5), "0.50000000");
  EXPECT_EQ(number(61.25), "61.25000000");
  EXPECT_EQ(number(8589934592.0), "8589934592");
  EXPECT_EQ(number(1e300).find('.'), std::string("1").size() + 300);
}

TEST(MetricMap, KnowsWhatItHasWrittenItself) {
  for (const char* json : {"{}", R"({"a":1})", R"({"a":-3,"b":0})",
                           R"({"a":0.50000000,"b c":1234567.12345678,"d":123456789012345})"}) {
    EXPECT_TRUE(is_written_json(json)) << json;
    EXPECT_EQ(to_json(*parse_metric_map(json)), json);
  }
  for (const char* json : {"",
                           "null",
                           "{",
                           "[]",
                           R"({"b":1,"a":1})",
                           R"({"a":1,"a":2})",
                           R"({"a":1,})",
                           R"({"a": 1})",
                           R"({"a":-0})",
                           R"({"a":01})",
                           R"({"a":1.5})",
                           R"({"a":1.00000000})",
                           R"({"a":1e3})",
                           R"({"a":null})",
                           R"({"a":"NaN"})",
                           R"({"a<":1})",
                           R"({"a\u0000":1})",
                           R"({"a":12345678.12345678})",
                           R"({"a":.50000000})",
                           R"({"a":})",
                           R"({"a"})"})
    EXPECT_FALSE(is_written_json(json)) << json;
}

TEST(MetricMap, WritesWhatItKnowsAsItIs) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 20'000; ++i) {
    const double value = static_cast<double>(random() >> (random() % 64)) * (i % 2 == 0 ? 1e-8 : 1e-3);
    const std::string json = to_json({{"a", value}});
    if (is_written_json(json)) {
      EXPECT_EQ(to_json(*parse_metric_map(json)), json);
    }
  }
}

TEST(MetricMap, PrintsWhatIsNotANumberAsZero) {
  EXPECT_EQ(number(std::nan("")), "0");
  EXPECT_EQ(number(std::numeric_limits<double>::infinity()), "0");
  EXPECT_EQ(number(-std::numeric_limits<double>::infinity()), "0");
  EXPECT_EQ(number(-0.0), "0");
}

TEST(MetricMap, PrintsNamesSortedAndSafeForWebPages) {
  const MetricMap map = {{"b", 2}, {"a", 1}, {"<x>&", 0}};
  EXPECT_EQ(to_json(map), R"({"\u003cx\u003e\u0026":0,"a":1,"b":2})");
  EXPECT_EQ(to_json(MetricMap()), "{}");
}

TEST(MetricMap, ReadsNumbersNullsAndTheNamesOfInfinity) {
  const auto map = parse_metric_map(R"( {"a": 1.5, "b":null, "c":"NaN", "d":"-Infinity","e":-2e3} )");
  ASSERT_TRUE(map);
  EXPECT_EQ(*map, (MetricMap{{"a", 1.5}, {"b", 0}, {"c", 0}, {"d", 0}, {"e", -2000}}));
}

TEST(MetricMap, ReadsAnUnsetMapAsEmpty) {
  for (const char* text : {"null", "", "{}", " { } "}) {
    const auto map = parse_metric_map(text);
    ASSERT_TRUE(map) << text;
    EXPECT_TRUE(map->empty()) << text;
  }
}

TEST(MetricMap, RefusesWhatIsNotAFlatObjectOfNumbers) {
  for (const char* text : {"{",
                           "[]",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\":{}}",
                           "{\"a\":\"x\"}",
                           "{\"a\":1,}",
                           "{\"a\":1}x",
                           "{a:1}",
                           "{\"a\":01}",
                           "{\"a\":nan}",
                           "{\"a\":-inf}",
                           "{\"a\":1e999}",
                           "{\"a\\u12\":1}",
                           "{\"a\":+1}",
                           "nullx",
                           "null{}",
                           "{\"\xb9\":1}",
                           "{\"a\":.5}",
                           "{\"a\":1.}",
                           "{\"a\":\"\n\"}"})
    EXPECT_FALSE(parse_metric_map(text)) << text;
}

TEST(MetricMap, RefusesEndlessText) {
  std::string text = "{";
  while (text.size() < (std::size_t{1} << 17))
    text += "\"a\":1,";
  EXPECT_FALSE(parse_metric_map(text + "\"a\":1}"));
}

TEST(MetricMap, SumsTheUnionOfNames) {
  EXPECT_EQ(sum({{"a", 1}, {"b", 2}}, {{"b", 3}, {"c", 4}}), (MetricMap{{"a", 1}, {"b", 5}, {"c", 4}}));
}

TEST(MetricMap, TakesExtremesByNameAndKeepsWhatOneSideLacks) {
  EXPECT_EQ(minimum({{"a", 1}, {"b", -2}}, {{"b", 3}, {"c", 4}}), (MetricMap{{"a", 1}, {"b", -2}, {"c", 4}}));
  EXPECT_EQ(maximum({{"a", 1}, {"b", -2}}, {{"b", 3}, {"c", 4}}), (MetricMap{{"a", 1}, {"b", 3}, {"c", 4}}));
}

TEST(MetricMap, WeighsMeansByName) {
  EXPECT_EQ(weighted_mean({{"a", 10}}, {{"a", 40}}, 100, 200, {}), (MetricMap{{"a", 30}}));
  EXPECT_EQ(weighted_mean({{"a", 10}}, {{"b", 40}}, 100, 200, {}), (MetricMap{{"a", 10}, {"b", 40}}));
}

TEST(MetricMap, HasNoMeanWithoutWeight) {
  EXPECT_EQ(weighted_mean({{"a", 10}}, {{"a", 40}}, 0, 0, {}), (MetricMap{{"a", 0}}));
  EXPECT_EQ(weighted_mean({{"a", 10}}, {{"b", 40}}, 0, 0, {}), (MetricMap{{"a", 0}, {"b", 0}}));
}

TEST(MetricMap, LeavesMissingWeightOutOfTheMean) {
  // 100 known of 400 counted.
  EXPECT_EQ(weighted_mean({{"a", 10}}, {{"a", 40}}, 400, 200, {{"a", 300}}), (MetricMap{{"a", 30}}));
}

TEST(MetricMap, WritesEveryNumberAsItsEightDecimalsRound) {
  std::mt19937_64 random(5);
  for (int i = 0; i < 200'000; ++i) {
    const double scale = std::pow(10.0, static_cast<double>(random() % 22) - 10);
    double value = (static_cast<double>(random() >> 11) * 0x1p-53 - 0.5) * scale;
    if (i % 3 == 0) value = std::rint(value * 1e8) / 1e8;
    if (i % 7 == 0) value = (std::rint(value * 1e8) + 0.5) / 1e8;
    if (value == std::trunc(value)) continue;
    std::string text;
    append_number(text, value);
    ASSERT_EQ(text, fmt::format("{:.8f}", value));
  }
}

TEST(MetricMap, ReadsPlainNumbersAsTheyAreWritten) {
  std::mt19937_64 random(5);
  for (int i = 0; i < 100'000; ++i) {
    std::string text = fmt::format("{}", random() >> (random() % 60));
    if (i % 2 == 0) text += fmt::format(".{:0{}}", random() % 100'000'000, 1 + random() % 9);
    if (i % 5 == 0) text.insert(0, 1, '-');
    const auto map = parse_metric_map(fmt::format(R"({{"total":{}}})", text));
    ASSERT_TRUE(map) << text;
    ASSERT_EQ(map->find("total"), std::stod(text)) << text;
  }
  for (const char* text : {"01", "1.", ".1", "--1", "1-", "+1", "", " "})
    EXPECT_FALSE(parse_metric_map(fmt::format(R"({{"total":{}}})", text))) << text;
}

}  // namespace
}  // namespace ceems::store
