#include "collector/infiniband.h"

#include "collector/golden_test.h"
#include "collector/infiniband_tree.h"
#include "power/fake_tree_test.h"

#include <gtest/gtest.h>

namespace ceems::collector {
namespace {

using power::FakeTree;

TEST(InfinibandTreeTest, ReadsStatesRatesAndCounters) {
  EXPECT_EQ(parse_infiniband_state("4: ACTIVE"), 4U);
  EXPECT_EQ(parse_infiniband_rate("2.5 Gb/sec (1X SDR)"), 312'500'000U);
  EXPECT_EQ(parse_infiniband_counter("0x1f\n"), 31U);
  EXPECT_EQ(parse_infiniband_counter("18446744073709551615"), 18446744073709551615U);
}

TEST(InfinibandTreeTest, TakesNothingFromOtherText) {
  for (const char* text : {"", "N/A (no PMA)", "-1", "0x", "0xzz", "1 2", "9999999999999999999999"}) {
    EXPECT_FALSE(parse_infiniband_counter(text)) << text;
    EXPECT_FALSE(parse_infiniband_rate(text)) << text;
  }
  for (const char* text : {"nan Gb/sec", "-2 Gb/sec", "1e30 Gb/sec", "10 Mb/sec"})
    EXPECT_FALSE(parse_infiniband_rate(text)) << text;
}

TEST(InfinibandCollectorTest, PrintsThePage) {
  const FakeTree tree(test_file("infiniband/two-devices.tree"));
  const auto collector = make_infiniband_collector({.sysfs = tree.root(), .hostname = "n1"}).value();
  EXPECT_EQ(collect_page(*collector), test_file("infiniband/two-devices.prom"));
}

TEST(InfinibandCollectorTest, HasNoDataOnOtherMachines) {
  const FakeTree tree("");
  const auto status =
      make_infiniband_collector({.sysfs = tree.root(), .hostname = "n1"}).value()->collect({});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, base::ErrorCode::kNoData);
}

}  // namespace
}  // namespace ceems::collector
