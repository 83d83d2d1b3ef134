#include "api/parameters.h"

#include "api/window.h"

#include <gtest/gtest.h>

namespace ceems::api {
namespace {

Parameters of(const char* query) {
  auto parameters = Parameters::parse(query);
  EXPECT_TRUE(parameters) << query;
  return parameters ? *parameters : Parameters();
}

TEST(Parameters, ListDistinctValuesThatAreNotEmpty) {
  EXPECT_EQ(of("a=2&b=x&a=1&a=&a=2&a").list("a"), (std::vector<std::string>{"2", "1"}));
  EXPECT_TRUE(of("").list("a").empty());
}

TEST(Parameters, DecodeNamesAndValues) {
  EXPECT_EQ(of("%61=x+y%26z").first("a"), "x y&z");
}

TEST(Parameters, AreText) {
  for (const char* query : {"a=%00", "a%00=1", "a=x%00y", "a=%ff", "a=%c3", "a=%ed%a0%80", "a=%", "a=%4"})
    EXPECT_FALSE(Parameters::parse(query)) << query;
}

TEST(Parameters, TakeABareFlagAsYes) {
  for (const char* yes : {"r", "r=", "r=1", "r=true", "r=anything"})
    EXPECT_TRUE(of(yes).flag("r")) << yes;
  for (const char* no : {"", "s", "r=0", "r=False", "r=no", "r=off", "r=%20false%20"})
    EXPECT_FALSE(of(no).flag("r")) << no;
}

std::string window(const char* query, std::int64_t max_period = 0) {
  const WindowRules rules{std::chrono::sys_seconds(std::chrono::seconds(1'000'000)),
                          std::chrono::seconds(max_period)};
  const auto range = read_window(of(query), rules);
  return range ? fmt::format("{} {}", range->from_ms, range->to_ms) : range.error().message;
}

std::string usage_window(const char* query) {
  const WindowRules rules{std::chrono::sys_seconds(std::chrono::seconds(1'000'000)), std::chrono::seconds(0)};
  const auto range = read_usage_window(of(query), rules);
  return range ? fmt::format("{} {}", range->from_ms, range->to_ms) : range.error().message;
}

TEST(Window, IsTheLastDayByDefault) {
  EXPECT_EQ(window(""), "913600000 1000000999");
  EXPECT_EQ(window("from=10"), "10000 86410999");
  EXPECT_EQ(window("to=100000"), "13600000 100000999");
  EXPECT_EQ(window("from=10&to=20"), "10000 20999");
}

TEST(Window, MayBeEmptyButNotTooLong) {
  EXPECT_EQ(window("from=20&to=10"), "20000 10999");
  EXPECT_EQ(window("from=0&to=100", 100), "1 100999");
  EXPECT_EQ(window("from=0&to=101", 100), "maximum query window exceeded");
  EXPECT_EQ(window("from=-9223372036854775808&to=9223372036854775807", 100), "maximum query window exceeded");
}

TEST(Window, OfUsageIsWholeQuartersOfAnHour) {
  EXPECT_EQ(usage_window("from=1000&to=2000"), "900000 2700999");
  EXPECT_EQ(usage_window("from=900&to=1800"), "900000 1800999");
  EXPECT_EQ(usage_window("from=-1&to=-901"), "1 -899001");
  EXPECT_EQ(usage_window("from=1000"), "900000 1000800999");
  EXPECT_EQ(usage_window("to=x"), "query parameter 'to': malformed timestamp");
}

}  // namespace
}  // namespace ceems::api
