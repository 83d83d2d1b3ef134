#include "base/rfc3339.h"

#include <gtest/gtest.h>

namespace ceems::base {
namespace {

using namespace std::chrono_literals;

TEST(Rfc3339Test, ReadsOffsetsAndFractions) {
  const auto noon = std::chrono::sys_days(2026y / 1 / 31) + 12h;
  EXPECT_EQ(parse_rfc3339("2026-01-31T12:00:00Z"), noon);
  EXPECT_EQ(parse_rfc3339("2026-01-31 13:00:00+01:00"), noon);
  EXPECT_EQ(parse_rfc3339("2026-01-31T06:30:00.25-05:30"), noon + 250ms);
  EXPECT_EQ(parse_rfc3339("2026-01-31t12:00:00.123456789z"), noon + 123ms);
}

TEST(Rfc3339Test, RefusesAllElse) {
  for (const char* text :
       {"", "2026-01-31", "2026-01-31T12:00:00", "2026-01-31T12:00Z", "2026-02-30T12:00:00Z",
        "2026-01-31T24:00:00Z", "2026-01-31T12:60:00Z", "2026-01-31T12:00:00.Z", "2026-01-31T12:00:00+0100",
        "2026-01-31T12:00:00+24:00", "2026-01-31T12:00:00Zx", "-026-01-31T12:00:00Z", "2026-1-31T12:00:00Z",
        "1767225600"})
    EXPECT_FALSE(parse_rfc3339(text)) << text;
}

TEST(Rfc3339Test, PrintsUtc) {
  EXPECT_EQ(print_rfc3339(std::chrono::sys_days(2026y / 1 / 31) + 1h + 2min + 3s), "2026-01-31T01:02:03Z");
  EXPECT_EQ(print_rfc3339(std::chrono::sys_seconds(0s)), "1970-01-01T00:00:00Z");
}

}  // namespace
}  // namespace ceems::base
