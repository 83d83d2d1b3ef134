#include "power/cray_pm_counters.h"

#include "power/fake_tree_test.h"

#include <gtest/gtest.h>

namespace ceems::power {
namespace {

using std::chrono::seconds;
using Time = std::chrono::steady_clock::time_point;

TEST(CrayFileTest, TellsDomainAndQuantity) {
  EXPECT_EQ(parse_cray_file("power")->domain, "node");
  EXPECT_EQ(parse_cray_file("accel0_power_cap")->domain, "accel0");
  EXPECT_EQ(parse_cray_file("accel0_power_cap")->quantity, CrayQuantity::kPowerCap);
  EXPECT_EQ(parse_cray_file("nic0_power")->domain, "nic0");
  for (const char* other :
       {"freshness", "generation", "startup", "version", "raw_scan_hz", "_power", "powers"})
    EXPECT_FALSE(parse_cray_file(other)) << other;
}

TEST(CrayFileTest, TakesNumbersInTheRightUnitOnly) {
  EXPECT_EQ(parse_cray_value("720 W 1700000000000000 us", CrayQuantity::kPower), 720U);
  EXPECT_EQ(parse_cray_value("720", CrayQuantity::kPower), 720U);
  for (const char* wrong : {"", "W", "720 J 1 us", "-1 W 1 us", "7.5 W 1 us"})
    EXPECT_FALSE(parse_cray_value(wrong, CrayQuantity::kPower)) << wrong;
}

TEST(CrayPmCountersTest, CountsPastRestartsOfTheController) {
  const FakeTree tree("== energy = 100 J 1 us\n");
  CrayPmCounters counters(tree.root());
  EXPECT_EQ(counters.read({})->domains[0].energy_joules_total, 100U);
  tree.write("energy", "30 J 2 us\n");
  EXPECT_EQ(counters.read({})->domains[0].energy_joules_total, 130U);
  tree.write("cpu_energy", "5 J 2 us\n");
  const auto snapshot = counters.read({});
  ASSERT_EQ(snapshot->domains.size(), 2U);
  EXPECT_EQ(snapshot->domains[1].energy_joules_total, 130U);
}

TEST(CrayPmCountersTest, NoticesAControllerThatIsStuck) {
  const FakeTree tree("== power = 100 W 1 us\n== freshness = 1\n");
  CrayPmCounters counters(tree.root());
  EXPECT_FALSE(counters.read(Time(seconds(100)))->frozen);
  EXPECT_TRUE(counters.read(Time(seconds(106)))->frozen);
  tree.write("freshness", "2\n");
  EXPECT_FALSE(counters.read(Time(seconds(107)))->frozen);
}

TEST(CrayPmCountersTest, IsEmptyOnOtherMachines) {
  CrayPmCounters counters("/nonexistent/pm_counters");
  EXPECT_TRUE(counters.read({})->domains.empty());
}

}  // namespace
}  // namespace ceems::power
