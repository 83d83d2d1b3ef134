#include "collector/hwmon.h"

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

TEST(HwmonCollectorTest, PrintsThePageOfEachKindOfMachine) {
  const std::string trees = CEEMS_SOURCE_DIR "/tests/data/power/hwmon";
  for (const std::string& name : base::list_directory(trees).value()) {
    const FakeTree tree = FakeTree::from_file(base::join_path(trees, name));
    const std::string page = collect_page(*make_hwmon_collector(node(tree)).value());
    EXPECT_EQ(page, test_file("hwmon/" + base::replace_all(name, ".tree", ".prom"))) << name;
  }
}

TEST(HwmonCollectorTest, HasNoDataOnOtherMachines) {
  const FakeTree tree("");
  const auto status = make_hwmon_collector(node(tree)).value()->collect({});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, base::ErrorCode::kNoData);
}

TEST(HwmonCollectorTest, ShowsZerosIfAsked) {
  const FakeTree tree("== class/hwmon/hwmon0/power1_input = 0\n");
  NodeContext context = node(tree);
  context.zero_readings = true;
  EXPECT_THAT(collect_page(*make_hwmon_collector(context).value()), HasSubstr("} 0\n"));
}

TEST(HwmonCollectorTest, FailsWhereNothingCanBeRead) {
  const FakeTree tree("== class/hwmon/hwmon0/power1_input = none\n");
  const auto status = make_hwmon_collector(node(tree)).value()->collect({});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, base::ErrorCode::kInvalid);
}

}  // namespace
}  // namespace ceems::collector
