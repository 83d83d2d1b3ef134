#include "store/time_zone.h"

#include <gtest/gtest.h>

namespace ceems::store {
namespace {

TimeZone zone(const char* name) {
  auto found = TimeZone::find(name);
  EXPECT_TRUE(found) << name;
  return found.value_or(TimeZone());
}

TEST(TimeZone, RendersLocalAndZonedTexts) {
  const TimeZone paris = zone("Europe/Paris");
  EXPECT_EQ(paris.local(1893549845000), "2030-01-02T03:04:05");
  EXPECT_EQ(paris.zoned(1893549845999), "2030-01-02T03:04:05+0100");
  EXPECT_EQ(zone("America/St_Johns").zoned(1893549845000), "2030-01-01T22:34:05-0330");
  EXPECT_EQ(zone("").zoned(0), "1970-01-01T00:00:00+0000");
}

TEST(TimeZone, RefusesUnknownNames) {
  EXPECT_FALSE(TimeZone::find("Europe/Atlantis"));
  EXPECT_FALSE(TimeZone::find("../../etc/passwd"));
}

TEST(TimeZone, FindsTheZoneOfTheProcess) {
  EXPECT_TRUE(TimeZone::find("Local"));
}

TEST(TimeZone, ReadsWhatItWrites) {
  const TimeZone paris = zone("Europe/Paris");
  EXPECT_EQ(paris.parse_local("2030-01-02T03:04:05"), 1893549845000);
  EXPECT_EQ(parse_zoned("2030-01-02T03:04:05+0100"), 1893549845000);
  EXPECT_EQ(parse_zoned("2030-01-02T03:04:05+01:00"), 1893549845000);
  EXPECT_EQ(parse_zoned("2030-01-02T02:04:05Z"), 1893549845000);
}

TEST(TimeZone, ReadsAWallClockThatOccursTwiceAsTheEarlier) {
  // Clocks go back at 01:00 UTC: 02:30 is at 00:30 and at 01:30 UTC.
  EXPECT_EQ(zone("Europe/Paris").parse_local("2025-10-26T02:30:00"), 1761438600000);
}

TEST(TimeZone, ReadsAWallClockThatNeverWasFromTheOffsetBefore) {
  EXPECT_EQ(zone("Europe/Paris").parse_local("2025-03-30T02:30:00"), 1743298200000);
}

TEST(TimeZone, RefusesOtherShapes) {
  for (const char* text : {"", "2030-01-02", "2030-13-02T03:04:05", "2030-02-30T03:04:05",
                           "2030-01-02 03:04:05", "2030-01-02T24:04:05", "N/A", "2030-01-02T03:04:05Z"})
    EXPECT_FALSE(TimeZone().parse_local(text)) << text;
  for (const char* text : {"", "2030-01-02T03:04:05", "2030-01-02T03:04:05+1", "2030-01-02T03:04:05+0a00"})
    EXPECT_FALSE(parse_zoned(text)) << text;
}

TEST(TimeZone, KnowsDaysOfTwentyThreeAndTwentyFiveHours) {
  const TimeZone paris = zone("Europe/Paris");
  const std::int64_t noon_in_october = 1761476400000;  // 2025-10-26T12:00+0100
  EXPECT_EQ(paris.zoned(paris.day_start(noon_in_october)), "2025-10-26T00:00:00+0200");
  EXPECT_EQ(paris.next_day_start(noon_in_october) - paris.day_start(noon_in_october), 25 * 3'600'000);
}

TEST(Timespan, CountsDaysFromTwentyFourHoursOn) {
  EXPECT_EQ(format_timespan(0), "00:00:00");
  EXPECT_EQ(format_timespan(86'399), "23:59:59");
  EXPECT_EQ(format_timespan(86'400), "1-00:00:00");
  EXPECT_EQ(format_timespan(90'061), "1-01:01:01");
  EXPECT_EQ(format_timespan(-5), "00:00:00");
}

}  // namespace
}  // namespace ceems::store
