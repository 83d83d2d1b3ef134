#include "power/energy_estimate.h"

#include <cstdint>

#include <gtest/gtest.h>

namespace ceems::power {
namespace {

using namespace std::chrono_literals;

constexpr EnergyEstimate::Time kStart{1000s};

CpuTimes times(std::uint64_t busy, std::uint64_t idle) {
  CpuTimes result;
  result.user = busy;
  result.idle = idle;
  return result;
}

EnergyEstimate estimate() {
  return EnergyEstimate({.idle_watts = 10, .full_watts = 110, .origin = "test"});
}

TEST(UtilisationTest, CountsWaitingAndStolenTimeAsNotBusy) {
  CpuTimes after;
  after.user = after.nice = after.system = after.irq = after.softirq = 10;
  after.idle = after.iowait = 20;
  after.steal = 10;
  after.guest = 7;  // is part of user
  EXPECT_DOUBLE_EQ(utilisation({}, after), 0.5);
}

TEST(UtilisationTest, TakesNothingFromAModeThatStepsBack) {
  EXPECT_DOUBLE_EQ(utilisation(times(100, 100), times(150, 50)), 1.0);
  EXPECT_DOUBLE_EQ(utilisation(times(100, 100), times(50, 50)), 0.0);
}

TEST(EnergyEstimateTest, StartsAtNothing) {
  EnergyEstimate account = estimate();
  account.observe(times(500, 500), kStart);
  EXPECT_EQ(account.energy_microjoules(), 0U);
  EXPECT_FALSE(account.watts());
}

TEST(EnergyEstimateTest, InterpolatesByUtilisation) {
  EnergyEstimate account = estimate();
  account.observe(times(0, 0), kStart);
  account.observe(times(25, 75), kStart + 10s);
  EXPECT_DOUBLE_EQ(account.watts().value(), 35);
  EXPECT_EQ(account.energy_microjoules(), 350'000'000U);
}

TEST(EnergyEstimateTest, IntegratesOverTheIntervalThatPassed) {
  EnergyEstimate rare = estimate();
  EnergyEstimate often = estimate();
  rare.observe(times(0, 0), kStart);
  often.observe(times(0, 0), kStart);
  // Busy in the first half only: one look at the end gives the same energy as a hundred looks.
  for (std::uint64_t second = 1; second <= 100; ++second) {
    const std::uint64_t busy = second < 50 ? second : 50;
    often.observe(times(busy, second - busy), kStart + std::chrono::seconds(second));
  }
  rare.observe(times(50, 50), kStart + 100s);
  EXPECT_EQ(rare.energy_microjoules(), 6'000'000'000U);
  EXPECT_EQ(often.energy_microjoules(), rare.energy_microjoules());
}

TEST(EnergyEstimateTest, LosesNothingToRounding) {
  EnergyEstimate account({.idle_watts = 1e-7, .full_watts = 1e-7, .origin = "test"});
  account.observe(times(0, 0), kStart);
  for (int second = 1; second <= 1000; ++second)
    account.observe(times(0, static_cast<std::uint64_t>(second)), kStart + std::chrono::seconds(second));
  EXPECT_NEAR(static_cast<double>(account.energy_microjoules()), 100, 1);
}

TEST(EnergyEstimateTest, PutsOffReadingsThatComeTooSoon) {
  EnergyEstimate account = estimate();
  account.observe(times(0, 0), kStart);
  account.observe(times(1, 0), kStart + 10ms);
  EXPECT_EQ(account.energy_microjoules(), 0U);
  account.observe(times(1, 99), kStart + 1s);
  EXPECT_EQ(account.energy_microjoules(), 11'000'000U);
}

TEST(EnergyEstimateTest, DrawsIdlePowerWhereTimeStandsStill) {
  EnergyEstimate account = estimate();
  account.observe(times(5, 5), kStart);
  account.observe(times(5, 5), kStart + 1s);
  EXPECT_DOUBLE_EQ(account.watts().value(), 10);
}

TEST(EnergyEstimateTest, AccountsForNoTimeWhilePaused) {
  EnergyEstimate account = estimate();
  account.observe(times(0, 0), kStart);
  account.observe(times(0, 100), kStart + 1s);
  account.pause();
  account.observe(times(9000, 100), kStart + 100s);
  EXPECT_EQ(account.energy_microjoules(), 10'000'000U);
  EXPECT_FALSE(account.watts());
  account.observe(times(9000, 200), kStart + 101s);
  EXPECT_EQ(account.energy_microjoules(), 20'000'000U);
}

TEST(EnergyEstimateTest, StaysWithinItsRange) {
  EnergyEstimate account = estimate();
  account.observe(times(0, 0), kStart);
  account.observe(times(UINT64_MAX, UINT64_MAX), kStart + 1s);
  EXPECT_GE(account.watts().value(), 10);
  EXPECT_LE(account.watts().value(), 110);
}

}  // namespace
}  // namespace ceems::power
