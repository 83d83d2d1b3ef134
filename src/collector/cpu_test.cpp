#include "collector/cpu.h"

#include "collector/cpu_seconds.h"
#include "collector/golden_test.h"
#include "power/fake_tree_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ceems::collector {
namespace {

using power::FakeTree;
using ::testing::HasSubstr;
using ::testing::Not;

NodeContext node(const FakeTree& tree) {
  return {.procfs = tree.path("proc"), .sysfs = tree.path("sys"), .hostname = "n1"};
}

std::string page(const FakeTree& tree, const NodeContext& context) {
  (void)tree;
  return samples_only(collect_page(**make_cpu_collector(context, {})));
}

TEST(CpuCollectorTest, PrintsThePage) {
  for (const std::string name : {"hybrid", "one-thread-per-core", "without-topology"}) {
    const FakeTree tree(test_file("cpu/" + name + ".tree"));
    EXPECT_EQ(collect_page(**make_cpu_collector(node(tree), {})), test_file("cpu/" + name + ".prom")) << name;
  }
}

TEST(CpuCollectorTest, PretendsFourCoresInComparableOutput) {
  const FakeTree tree(test_file("cpu/without-topology.tree"));
  NodeContext context = node(tree);
  context.comparable_output = true;
  context.hostname = "";
  EXPECT_THAT(page(tree, context), HasSubstr("ceems_cpu_per_core_count{hostname=\"\"} 2\n"));
}

TEST(CpuCollectorTest, NoticesThatThreadsWereSwitchedOff) {
  const FakeTree tree(test_file("cpu/hybrid.tree"));
  const auto collector = make_cpu_collector(node(tree), {}).value();
  EXPECT_THAT(collect_page(*collector), HasSubstr("ceems_cpu_per_core_count{hostname=\"n1\"} 1.5\n"));
  tree.write("sys/devices/system/cpu/online", "0,2\n");
  EXPECT_THAT(collect_page(*collector), HasSubstr("ceems_cpu_per_core_count{hostname=\"n1\"} 1\n"));
}

TEST(CpuCollectorTest, LeavesOutTheThreadsPerCoreThatNothingTells) {
  const FakeTree tree("== proc/stat = cpu 1 2 3 4\n");
  EXPECT_THAT(page(tree, node(tree)), Not(HasSubstr("per_core")));
}

TEST(CpuCollectorTest, SurvivesAnAbsurdListOfCpus) {
  const FakeTree tree(
      "== proc/stat = cpu 1 2 3 4\n"
      "== sys/devices/system/cpu/online = 0-99999999999999999999\n");
  EXPECT_THAT(page(tree, node(tree)), Not(HasSubstr("per_core")));
}

TEST(CpuCollectorTest, FailsWithoutStatAndRecovers) {
  const FakeTree tree("");
  const auto collector = make_cpu_collector(node(tree), {}).value();
  EXPECT_EQ(collect_page(*collector), "error: " + tree.path("proc/stat") + ": No such file or directory\n");
  tree.write("proc/stat", "cpu 100 0 0 0\ncpu0 100 0 0 0\n");
  EXPECT_THAT(collect_page(*collector),
              HasSubstr("ceems_cpu_seconds_total{hostname=\"n1\",mode=\"user\"} 1\n"));
}

power::CpuTimes idle(std::uint64_t ticks, std::uint64_t user) {
  power::CpuTimes times;
  times.idle = ticks;
  times.user = user;
  return times;
}

TEST(CpuSecondsTest, HoldsAModeThatStepsBackALittle) {
  CpuSeconds seconds;
  seconds.update(idle(1000, 50), 100);
  seconds.update(idle(800, 60), 100);
  EXPECT_DOUBLE_EQ(seconds.seconds()[0], 10.0);
  EXPECT_DOUBLE_EQ(seconds.seconds()[7], 0.6);
}

TEST(CpuSecondsTest, StartsAnewWhenACpuHasGone) {
  CpuSeconds seconds;
  seconds.update(idle(1000, 50), 100);
  seconds.update(idle(700, 20), 100);
  EXPECT_DOUBLE_EQ(seconds.seconds()[0], 7.0);
  EXPECT_DOUBLE_EQ(seconds.seconds()[7], 0.2);
}

}  // namespace
}  // namespace ceems::collector
