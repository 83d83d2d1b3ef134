#include "report/when.h"

#include <cstdlib>
#include <ctime>
#include <string>

#include <gtest/gtest.h>

namespace ceems::report {
namespace {

using std::chrono::sys_seconds;
using namespace std::chrono_literals;

// A zone with daylight saving, spelt out so that no zone file is needed: UTC+1, in summer UTC+2.
class When : public testing::Test {
 protected:
  When() { set_zone("CET-1CEST,M3.5.0,M10.5.0/3"); }
  ~When() override { set_zone("UTC"); }

  static void set_zone(const char* zone) {
    ::setenv("TZ", zone, 1);
    ::tzset();
  }
  // 2026-03-01T12:00:00Z, a winter's day
  static constexpr sys_seconds kNow = std::chrono::sys_days(std::chrono::year(2026) / 3 / 1) + 12h;

  static std::string utc(const char* text, sys_seconds now = kNow) {
    const auto time = parse_time(text, now);
    if (!time) return "error";
    const std::time_t seconds = time->time_since_epoch().count();
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    char buffer[32];
    std::strftime(buffer, sizeof(buffer), "%Y-%m-%dT%H:%M:%S", &parts);
    return buffer;
  }
};

TEST_F(When, ReadsDatesInTheLocalZone) {
  EXPECT_EQ(utc("2026-01-15"), "2026-01-14T23:00:00");
  EXPECT_EQ(utc("2026-07-15T10:30"), "2026-07-15T08:30:00");
  EXPECT_EQ(utc("2026-07-15 10:30:07"), "2026-07-15T08:30:07");
}

TEST_F(When, TakesAnOffsetAtItsWord) {
  EXPECT_EQ(utc("2026-07-15T10:30:00Z"), "2026-07-15T10:30:00");
  EXPECT_EQ(utc("2026-07-15T10:30+05:30"), "2026-07-15T05:00:00");
  EXPECT_EQ(utc("2026-07-15T10:30-0800"), "2026-07-15T18:30:00");
  EXPECT_EQ(utc("2026-07-15T10:30+02"), "2026-07-15T08:30:00");
}

TEST_F(When, CountsFromNow) {
  EXPECT_EQ(utc("now"), "2026-03-01T12:00:00");
  EXPECT_EQ(utc("now-2days"), "2026-02-27T12:00:00");
  EXPECT_EQ(utc("NOW+90minutes"), "2026-03-01T13:30:00");
  EXPECT_EQ(utc("now-30"), "2026-03-01T11:59:30");
  EXPECT_EQ(utc("now-1w"), "2026-02-22T12:00:00");
}

TEST_F(When, KnowsDaysByName) {
  EXPECT_EQ(utc("today"), "2026-02-28T23:00:00");
  EXPECT_EQ(utc("yesterday"), "2026-02-27T23:00:00");
  EXPECT_EQ(utc("tomorrow"), "2026-03-01T23:00:00");
  EXPECT_EQ(utc("08:15"), "2026-03-01T07:15:00");
}

TEST_F(When, MidnightIsTheLocalOne) {
  EXPECT_EQ(local_midnight(kNow), sys_seconds(std::chrono::sys_days(std::chrono::year(2026) / 2 / 28) + 23h));
  // Half past eleven UTC in the evening is already the next day here.
  EXPECT_EQ(local_midnight(kNow + 11h + 30min),
            sys_seconds(std::chrono::sys_days(std::chrono::year(2026) / 3 / 1) + 23h));
}

TEST_F(When, MovesAClockTimeThatDoesNotExist) {
  EXPECT_EQ(utc("2026-03-29T02:30"), "2026-03-29T01:30:00");
}

TEST_F(When, KnowsTheMinuteBeforeTheEpoch) {
  EXPECT_EQ(utc("1970-01-01T00:59:59"), "1969-12-31T23:59:59");
}

TEST_F(When, RefusesWhatIsNoTime) {
  for (const char* text : {"",
                           "x",
                           "2026",
                           "2026-02-30",
                           "2026-13-01",
                           "26-01-01",
                           "2026-1-1",
                           "2026-01-01T",
                           "2026-01-01T25:00",
                           "2026-01-01T10",
                           "2026-01-01X10:00",
                           "2026-01-01T10:00+",
                           "2026-01-01T10:00+1",
                           "2026-01-01T10:00+01:",
                           "now-",
                           "now-2fortnights",
                           "now2days",
                           "now-99999999999days",
                           "nowhere",
                           "10:60",
                           "-1:00",
                           "2026-01-01Z"})
    EXPECT_EQ(utc(text), "error") << text;
}

}  // namespace
}  // namespace ceems::report
