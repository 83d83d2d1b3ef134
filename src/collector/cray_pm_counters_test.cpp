#include "collector/cray_pm_counters.h"

#include "base/text.h"
#include "collector/golden_test.h"
#include "power/fake_tree_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ceems::collector {
namespace {

using power::FakeTree;
using ::testing::HasSubstr;

NodeContext node(const FakeTree& tree) {
  return {.sysfs = tree.root(), .hostname = "n1"};
}

TEST(CrayPmCountersCollectorTest, PrintsThePageOfEachKindOfMachine) {
  const std::string trees = CEEMS_SOURCE_DIR "/tests/data/power/cray";
  for (const std::string& name : base::list_directory(trees).value()) {
    const FakeTree tree = FakeTree::from_file(base::join_path(trees, name));
    const std::string page = collect_page(*make_cray_pm_counters_collector(node(tree), {}).value());
    EXPECT_EQ(page, test_file("cray/" + base::replace_all(name, ".tree", ".prom"))) << name;
  }
}

TEST(CrayPmCountersCollectorTest, HasNoDataOnOtherMachines) {
  const FakeTree tree("");
  const auto status = make_cray_pm_counters_collector(node(tree), {}).value()->collect({});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, base::ErrorCode::kNoData);
}

TEST(CrayPmCountersCollectorTest, TakesAnotherSysfs) {
  const FakeTree tree("== cray/pm_counters/power = 5 W 1 us\n");
  const auto collector =
      make_cray_pm_counters_collector({.sysfs = "/nonexistent", .hostname = ""}, {.sysfs = tree.root()})
          .value();
  EXPECT_THAT(collect_page(*collector), HasSubstr("} 5\n"));
}

TEST(CrayPmCountersCollectorTest, TellsWhetherProcessorsAreCounted) {
  const FakeTree tree = FakeTree::from_file(CEEMS_SOURCE_DIR "/tests/data/power/cray/xc-node.tree");
  const auto meters = std::make_shared<Meters>();
  const auto collector =
      make_cray_pm_counters_collector({.hostname = "n1"}, {.sysfs = tree.root(), .meters = meters}).value();
  EXPECT_TRUE(meters->any());
  tree.remove("cray/pm_counters");
  (void)collector->collect({});
  EXPECT_FALSE(meters->any());
}

}  // namespace
}  // namespace ceems::collector
