#include "collector/rapl.h"

#include "base/text.h"
#include "collector/golden_test.h"
#include "power/fake_tree_test.h"

#include <algorithm>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ceems::collector {
namespace {

using power::FakeTree;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::string description(const std::string& name) {
  return base::read_file(CEEMS_SOURCE_DIR "/tests/data/power/powercap/" + name).value();
}

NodeContext node(const FakeTree& tree) {
  return {.sysfs = tree.root(), .hostname = "n1"};
}

std::string page(const FakeTree& tree, const RaplOptions& options = {}) {
  return tree.without_root(collect_page(**make_rapl_collector(node(tree), options)), "/sys");
}

TEST(RaplCollectorTest, PrintsThePageOfEachKindOfMachine) {
  const auto names = base::list_directory(CEEMS_SOURCE_DIR "/tests/data/power/powercap").value();
  ASSERT_FALSE(names.empty());
  for (const std::string& name : names) {
    const FakeTree tree(description(name));
    EXPECT_EQ(page(tree), test_file("rapl/" + base::replace_all(name, ".tree", ".prom"))) << name;
  }
}

TEST(RaplCollectorTest, PutsTheZoneIntoALabelIfAsked) {
  const FakeTree tree(description("intel-two-sockets.tree"));
  EXPECT_EQ(page(tree, {.zone_label = true}), test_file("rapl/zone-label.prom"));
}

TEST(RaplCollectorTest, HasNoDataWithoutRapl) {
  const FakeTree tree("== class/powercap/intel-rapl/enabled = 1\n");
  const auto status = make_rapl_collector(node(tree), {}).value()->collect({});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, base::ErrorCode::kNoData);
}

TEST(RaplCollectorTest, FailsWhereNoZoneCanBeRead) {
  const FakeTree tree(description("nothing-readable.tree"));
  EXPECT_THAT(page(tree), StartsWith("error: "));
}

TEST(RaplCollectorTest, RecoversWithTheZone) {
  const FakeTree tree(description("nothing-readable.tree"));
  const auto collector = make_rapl_collector(node(tree), {}).value();
  EXPECT_THAT(collect_page(*collector), StartsWith("error: "));
  tree.write("class/powercap/intel-rapl:0/energy_uj", "5000000\n");
  EXPECT_THAT(collect_page(*collector), HasSubstr("} 5\n"));
}

TEST(RaplCollectorTest, CountsPastTheWrap) {
  const FakeTree tree(description("amd-package-only.tree"));
  const auto collector = make_rapl_collector(node(tree), {}).value();
  EXPECT_THAT(collect_page(*collector), HasSubstr("} 53294.017211\n"));
  tree.write("class/powercap/intel-rapl:0/energy_uj", "389013\n");
  EXPECT_THAT(collect_page(*collector), HasSubstr("} 65533\n"));
}

TEST(RaplCollectorTest, TakesAnotherSysfsAndCleansItsPath) {
  const FakeTree tree(description("amd-package-only.tree"));
  const auto collector =
      make_rapl_collector({.sysfs = "/nonexistent", .hostname = ""}, {.sysfs = tree.root() + "/./class/..//"})
          .value();
  EXPECT_THAT(collect_page(*collector),
              HasSubstr("path=\"" + tree.path("class/powercap/intel-rapl:0") + "\""));
}

TEST(RaplCollectorTest, TellsThePowerModelWhetherAPackageCanBeRead) {
  const auto meters = std::make_shared<Meters>();
  const FakeTree tree(description("amd-package-only.tree"));
  const auto collector = make_rapl_collector(node(tree), {.meters = meters}).value();
  EXPECT_TRUE(meters->any());
  tree.remove("class/powercap/intel-rapl:0");
  (void)collect_page(*collector);
  EXPECT_FALSE(meters->any());
}

TEST(RaplCollectorTest, AsksForTheCapabilityOnlyWhereFilesAreForRoot) {
  const FakeTree tree(description("amd-package-only.tree"));
  EXPECT_THAT(make_rapl_collector(node(tree), {}).value()->capabilities(), IsEmpty());
  std::filesystem::permissions(tree.path("class/powercap/intel-rapl:0/energy_uj"),
                               std::filesystem::perms::owner_read);
  EXPECT_THAT(make_rapl_collector(node(tree), {}).value()->capabilities(),
              ElementsAre("CAP_DAC_READ_SEARCH"));
}

TEST(RaplCollectorTest, SamplesInTheBackgroundUntilItIsStopped) {
  const FakeTree tree(description("amd-package-only.tree"));
  const auto collector =
      make_rapl_collector(node(tree), {.sampling_period = std::chrono::milliseconds(1)}).value();
  (void)collect_page(*collector);
  collector->stop();
  EXPECT_THAT(collect_page(*collector), HasSubstr("} 53294.017211\n"));
}

TEST(RaplCollectorTest, DeclaresTheFamiliesThatItEmits) {
  const FakeTree tree(description("client-with-platform-and-mmio.tree"));
  const auto collector = make_rapl_collector(node(tree), {}).value();
  (void)collect_page(*collector);
  expect_declared(*collector);
}

}  // namespace
}  // namespace ceems::collector
