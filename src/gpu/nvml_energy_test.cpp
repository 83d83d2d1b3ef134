#include "gpu/nvml_energy.h"

#include <limits>

#include <gtest/gtest.h>

namespace ceems::gpu {
namespace {

using Clock = NvmlEnergyFilter::Clock;
constexpr Clock::time_point kStart{std::chrono::hours(1)};

Clock::time_point at(int seconds) {
  return kStart + std::chrono::seconds(seconds);
}

TEST(NvmlEnergyFilterTest, PassesOnWhatTheCounterSays) {
  NvmlEnergyFilter filter;
  EXPECT_EQ(filter.accept(1000, at(0)), 1000);
  EXPECT_EQ(filter.accept(1000, at(5)), 1000);
  EXPECT_EQ(filter.accept(3'501'000, at(10)), 3'501'000);
}

TEST(NvmlEnergyFilterTest, HoldsAReadingThatFallsBack) {
  NvmlEnergyFilter filter;
  filter.accept(5000, at(0));
  EXPECT_EQ(filter.accept(4999, at(5)), 5000);
  EXPECT_EQ(filter.accept(6000, at(10)), 6000);
}

TEST(NvmlEnergyFilterTest, HoldsAReadingThatNoGpuCouldHaveUsed) {
  NvmlEnergyFilter filter;
  filter.accept(5000, at(0));
  EXPECT_EQ(filter.accept(5000 + 100'000'000'000, at(5)), 5000);
  EXPECT_EQ(filter.accept(6000, at(10)), 6000);
}

TEST(NvmlEnergyFilterTest, BelievesACounterThatStaysWhereItIs) {
  NvmlEnergyFilter filter;
  filter.accept(1'000'000, at(0));
  for (int i = 1; i < NvmlEnergyFilter::kPatience; ++i)
    EXPECT_EQ(filter.accept(100, at(5 * i)), 1'000'000) << i;
  EXPECT_EQ(filter.accept(200, at(50)), 200);
  EXPECT_EQ(filter.accept(300, at(55)), 300);
}

TEST(NvmlEnergyFilterTest, BeginsAnewWithTheDriver) {
  NvmlEnergyFilter filter;
  filter.accept(1'000'000, at(0));
  filter.restart();
  EXPECT_EQ(filter.accept(7, at(5)), 7);
}

TEST(NvmlEnergyFilterTest, TakesNothingThatIsNoEnergy) {
  NvmlEnergyFilter filter;
  EXPECT_EQ(filter.accept(std::numeric_limits<std::uint64_t>::max(), at(0)), std::nullopt);
  EXPECT_EQ(filter.accept(42, at(5)), 42);
  EXPECT_EQ(filter.accept(std::numeric_limits<std::uint64_t>::max() - 1, at(10)), 42);
}

}  // namespace
}  // namespace ceems::gpu
