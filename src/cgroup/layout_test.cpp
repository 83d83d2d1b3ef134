#include "cgroup/layout.h"

#include "cgroup/test_tree.h"

#include <gtest/gtest.h>

namespace ceems::cgroup {
namespace {

using testing::FakeTree;

TEST(DetectLayout, KnowsAUnifiedTreeByItsControllersFile) {
  const FakeTree tree;
  tree.write("cgroup.controllers", "cpu memory\n");
  const Layout layout = detect_layout(tree.root(), ForceVersion::kDetect, "cpuacct");
  EXPECT_EQ(layout.mode, Mode::kUnified);
  EXPECT_EQ(layout.unified_root, tree.root());
  EXPECT_EQ(layout.active_root, "");
}

TEST(DetectLayout, FindsControllersThatShareAHierarchy) {
  const FakeTree tree;
  tree.make("cpu,cpuacct");
  tree.make("memory");
  const Layout layout = detect_layout(tree.root(), ForceVersion::kDetect, "cpuacct");
  EXPECT_EQ(layout.mode, Mode::kLegacy);
  EXPECT_EQ(layout.active_root, tree.path("cpu,cpuacct"));
  EXPECT_EQ(layout.legacy_root(Controller::kCpu), tree.path("cpu,cpuacct"));
  EXPECT_EQ(layout.legacy_root(Controller::kMemory), tree.path("memory"));
  EXPECT_EQ(layout.legacy_root(Controller::kBlkio), "");
}

TEST(DetectLayout, FindsControllersThatStandAlone) {
  const FakeTree tree;
  tree.make("cpu");
  tree.make("cpuacct");
  const Layout layout = detect_layout(tree.root(), ForceVersion::kDetect, "cpuacct");
  EXPECT_EQ(layout.active_root, tree.path("cpuacct"));
  EXPECT_EQ(layout.legacy_root(Controller::kCpu), tree.path("cpu"));
}

TEST(DetectLayout, FollowsSymbolicLinksToASharedHierarchy) {
  const FakeTree tree;
  tree.make("cpuacct,cpu");
  std::filesystem::create_directory_symlink("cpuacct,cpu", tree.path("cpu"));
  std::filesystem::create_directory_symlink("cpuacct,cpu", tree.path("cpuacct"));
  const Layout layout = detect_layout(tree.root(), ForceVersion::kDetect, "cpu");
  EXPECT_EQ(layout.active_root, tree.path("cpu"));
  EXPECT_EQ(layout.legacy_root(Controller::kCpuacct), tree.path("cpuacct"));
}

TEST(DetectLayout, SearchesTheHierarchyThatIsAskedFor) {
  const FakeTree tree;
  tree.make("cpuacct");
  tree.make("memory");
  EXPECT_EQ(detect_layout(tree.root(), ForceVersion::kDetect, "memory").active_root, tree.path("memory"));
  EXPECT_EQ(detect_layout(tree.root(), ForceVersion::kDetect, "no-such").active_root, "");
}

TEST(DetectLayout, SeesAUnifiedTreeBesideControllers) {
  const FakeTree tree;
  tree.make("cpuacct");
  tree.write("unified/cgroup.controllers", "");
  const Layout layout = detect_layout(tree.root(), ForceVersion::kDetect, "cpuacct");
  EXPECT_EQ(layout.mode, Mode::kHybrid);
  EXPECT_EQ(layout.unified_root, tree.path("unified"));
  EXPECT_EQ(layout.active_root, tree.path("cpuacct"));
}

TEST(DetectLayout, DoesAsItIsForced) {
  const FakeTree tree;
  tree.make("cpuacct");
  tree.write("unified/cgroup.controllers", "");
  EXPECT_EQ(detect_layout(tree.root(), ForceVersion::kV1, "cpuacct").mode, Mode::kLegacy);
  EXPECT_EQ(detect_layout(tree.root(), ForceVersion::kV1, "cpuacct").unified_root, "");
  const Layout v2 = detect_layout(tree.root(), ForceVersion::kV2, "cpuacct");
  EXPECT_EQ(v2.mode, Mode::kUnified);
  EXPECT_EQ(v2.unified_root, tree.path("unified"));
}

TEST(DetectLayout, FindsNothingWhereNothingIs) {
  const Layout layout = detect_layout("/no/such/place", ForceVersion::kDetect, "cpuacct");
  EXPECT_EQ(layout.active_root, "");
  EXPECT_EQ(layout.unified_root, "");
}

TEST(DetectLayout, SeesTheHierarchiesOfThisMachine) {
  const Layout layout = detect_layout("/sys/fs/cgroup", ForceVersion::kDetect, "cpuacct");
  EXPECT_TRUE(!layout.unified_root.empty() || !layout.active_root.empty());
}

}  // namespace
}  // namespace ceems::cgroup
