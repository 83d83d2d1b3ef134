#include "config/duration.h"

#include <gtest/gtest.h>

namespace ceems::config {
namespace {

using namespace std::chrono_literals;

TEST(Duration, ReadsPrometheusUnits) {
  EXPECT_EQ(parse_duration("15s"), std::chrono::milliseconds(15s));
  EXPECT_EQ(parse_duration("1h30m"), std::chrono::milliseconds(90min));
  EXPECT_EQ(parse_duration("1d"), std::chrono::milliseconds(24h));
  EXPECT_EQ(parse_duration("1w"), std::chrono::milliseconds(168h));
  EXPECT_EQ(parse_duration("1y"), std::chrono::milliseconds(8760h));
  EXPECT_EQ(parse_duration("1y2w3d4h5m6s7ms"),
            std::chrono::milliseconds(8760h + 336h + 72h + 4h + 5min + 6s + 7ms));
  EXPECT_EQ(parse_duration("0"), 0ms);
  EXPECT_EQ(parse_duration("0s"), 0ms);
}

TEST(Duration, RefusesWhatPrometheusRefuses) {
  for (const std::string_view text :
       {"", "1", "s", "-1s", "+1s", "1.5s", "1s1m", "1m1m", "1 s", "1h ", " 1h", "1x", "1S", "00", "1µs"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(Duration, RefusesMoreThanFits) {
  EXPECT_TRUE(parse_duration("292y"));
  EXPECT_FALSE(parse_duration("293y"));
  EXPECT_FALSE(parse_duration("99999999999999999999999s"));
}

TEST(Duration, NamesTheTextInTheError) {
  EXPECT_EQ(parse_duration("5 min").error().text(),
            "not a duration: '5 min' (write it like 15s, 1h30m or 7d)");
}

TEST(Duration, ReadsGoText) {
  EXPECT_EQ(parse_go_duration("8760h"), std::chrono::milliseconds(8760h));
  EXPECT_EQ(parse_go_duration("1h0m0s"), std::chrono::milliseconds(1h));
  EXPECT_EQ(parse_go_duration("1.5s"), 1500ms);
  EXPECT_EQ(parse_go_duration(".25s"), 250ms);
  EXPECT_EQ(parse_go_duration("1m1m"), std::chrono::milliseconds(2min));
  EXPECT_EQ(parse_go_duration("1500us"), 1ms);
  EXPECT_EQ(parse_go_duration("1500µs"), 1ms);
  EXPECT_EQ(parse_go_duration("0"), 0ms);
  for (const std::string_view text : {"", "1", ".s", "1d", "-1s", "1..5s", "99999999h"}) {
    EXPECT_FALSE(parse_go_duration(text)) << text;
  }
}

TEST(Duration, PrintsPrometheusTextWithYearsAndWeeksOnlyWhenExact) {
  EXPECT_EQ(print_duration(0ms), "0s");
  EXPECT_EQ(print_duration(500ms), "500ms");
  EXPECT_EQ(print_duration(15min), "15m");
  EXPECT_EQ(print_duration(90s), "1m30s");
  EXPECT_EQ(print_duration(24h), "1d");
  EXPECT_EQ(print_duration(168h), "1w");
  EXPECT_EQ(print_duration(216h), "9d");
  EXPECT_EQ(print_duration(8760h), "1y");
  EXPECT_EQ(print_duration(8760h + 1ms), "365d1ms");
  EXPECT_EQ(print_duration(-90s), "-1m30s");
  EXPECT_NE(print_duration(std::chrono::milliseconds::min()), "");
}

TEST(Duration, PrintsGoText) {
  EXPECT_EQ(print_go_duration(0ms), "0s");
  EXPECT_EQ(print_go_duration(20ms), "20ms");
  EXPECT_EQ(print_go_duration(15s), "15s");
  EXPECT_EQ(print_go_duration(1500ms), "1.5s");
  EXPECT_EQ(print_go_duration(1min), "1m0s");
  EXPECT_EQ(print_go_duration(1h), "1h0m0s");
  EXPECT_EQ(print_go_duration(25h + 1ms), "25h0m0.001s");
  EXPECT_EQ(print_go_duration(-1min), "-1m0s");
}

}  // namespace
}  // namespace ceems::config
