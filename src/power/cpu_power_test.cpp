#include "power/cpu_power.h"

#include "base/file.h"
#include "base/text.h"

#include <limits>

#include <gtest/gtest.h>

namespace ceems::power {
namespace {

CpuInfo physical_machine() {
  CpuInfo info;
  info.name = "AMD EPYC 7763 64-Core Processor";
  info.vendor = "AuthenticAMD";
  info.family = 25;
  info.model = 1;
  info.logical = 256;
  info.physical = 128;
  info.sockets = 2;
  return info;
}

TEST(CpuPowerTest, FindsDesignPowersByName) {
  const std::string text = base::read_file(base::join_path(CEEMS_TEST_DATA, "cpu_names.txt")).value();
  std::string_view rest = text;
  std::string_view line;
  while (base::next_line(rest, line)) {
    if (line.starts_with('#')) continue;
    const auto fields = base::split(line, '|');
    ASSERT_EQ(fields.size(), 3U) << line;
    const auto found = find_design_power(base::trim(fields[0]));
    EXPECT_EQ(found ? found->name : "-", base::trim(fields[1])) << line;
    EXPECT_EQ(found ? found->watts : 0.0, base::parse_double(base::trim(fields[2]))) << line;
  }
}

TEST(CpuPowerTest, SurvivesAbsurdNames) {
  EXPECT_FALSE(find_design_power(std::string(1 << 16, '(')));
  EXPECT_FALSE(find_design_power(std::string("\0\xFF\xFE", 3)));
}

TEST(CpuPowerTest, CountsSocketsOfAMachineAndProcessorsOfAVirtualOne) {
  CpuInfo info = physical_machine();
  auto range = find_power_range(info);
  ASSERT_TRUE(range);
  EXPECT_DOUBLE_EQ(range->full_watts, 2 * 280 * kFullShare);
  EXPECT_DOUBLE_EQ(range->idle_watts, 2 * 280 * kIdleShare);
  info.hypervisor = true;
  info.logical = 4;
  range = find_power_range(info);
  ASSERT_TRUE(range);
  EXPECT_EQ(range->origin, "AMD EPYC 3rd Gen");
  EXPECT_DOUBLE_EQ(range->full_watts, 4 * 1.957);
}

TEST(CpuPowerTest, FallsBackToTheAveragesOfAllFamilies) {
  CpuInfo info;
  info.logical = 10;
  const auto range = find_power_range(info);
  ASSERT_TRUE(range);
  EXPECT_EQ(range->origin, "unknown processor");
  EXPECT_DOUBLE_EQ(range->full_watts, 35);
}

TEST(CpuPowerTest, LetsFlagsOverrideTheTable) {
  const auto both = find_power_range(physical_machine(), {100, 400});
  ASSERT_TRUE(both);
  EXPECT_EQ(both->origin, "flags");
  EXPECT_DOUBLE_EQ(both->idle_watts, 100);
  EXPECT_DOUBLE_EQ(both->full_watts, 400);
}

TEST(CpuPowerTest, KeepsTheIdleShareUnderAGivenMaximum) {
  const auto range = find_power_range(physical_machine(), {0, 102});
  ASSERT_TRUE(range);
  EXPECT_NEAR(range->idle_watts, 12, 1e-9);
}

TEST(CpuPowerTest, KeepsTheTablesMaximumAboveAGivenIdlePower) {
  EXPECT_DOUBLE_EQ(find_power_range(physical_machine(), {100, 0})->full_watts, 2 * 280 * kFullShare);
  EXPECT_DOUBLE_EQ(find_power_range(physical_machine(), {1000, 0})->full_watts, 1000);
}

TEST(CpuPowerTest, RefusesWhatIsNoRange) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const PowerOverride flags :
       {PowerOverride{200, 100}, {-1, 100}, {0, -5}, {nan, 100}, {0, nan}, {0, 1e300}}) {
    const auto range = find_power_range(physical_machine(), flags);
    ASSERT_FALSE(range) << flags.idle_watts << " " << flags.full_watts;
    EXPECT_EQ(range.error().code, base::ErrorCode::kInvalid);
  }
}

}  // namespace
}  // namespace ceems::power
