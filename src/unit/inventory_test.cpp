#include "unit/inventory.h"

#include "cgroup/test_tree.h"
#include "unit/user_names.h"

#include <atomic>
#include <map>
#include <set>
#include <thread>

#include <gtest/gtest.h>

namespace ceems::unit {
namespace {

using cgroup::testing::FakeTree;
using cgroup::testing::RealCgroup;

// "manager uuid" of every unit, with its path.
std::map<std::string, std::string> units_of(const Inventory& inventory) {
  std::map<std::string, std::string> units;
  for (const auto& unit : inventory.units())
    units[inventory.managers()[unit->manager]->name() + " " + unit->claim.uuid] = unit->path;
  return units;
}

using Expected = std::map<std::string, std::string>;

struct Fixture {
  explicit Fixture(std::string configuration, const std::string& subsystem = "cpuacct")
      : config(configuration) {
    options.cgroupfs = tree.path("cgroup");
    options.procfs = tree.path("proc");
    options.active_subsystem = subsystem;
    tree.make("cgroup");
    tree.make("proc");
  }
  Inventory& inventory() {
    if (!made) {
      auto managers = parse_generic_managers(config, "test.yml");
      EXPECT_TRUE(managers) << managers.error().text();
      made = std::make_unique<Inventory>(options, std::move(*managers), base::Logger());
    }
    return *made;
  }
  void unified(const std::string& path = "") const {
    tree.write("cgroup" + path + "/cgroup.controllers", "cpu\n");
  }

  FakeTree tree;
  InventoryOptions options;
  std::string config;
  std::unique_ptr<Inventory> made;
};

constexpr const char* kJobs =
    "generic:\n  - name: batch\n    pattern: ^/batch/job_(?P<id>[0-9]+)$\n    user: u\n";
// The manager of what is inside comes first.
constexpr const char* kNested =
    "generic:\n"
    "  - name: inner\n    pattern: /inner-(?P<id>[0-9]+)$\n    user: u\n"
    "  - name: outer\n    pattern: ^/outer-(?P<id>[0-9]+)$\n    user: u\n"
    "  - name: rest\n    pattern: /rest-(?P<id>[0-9]+)$\n    user: u\n";

TEST(Inventory, FindsUnitsOfAUnifiedTree) {
  Fixture it(kJobs);
  it.unified();
  it.unified("/batch/job_7");
  it.unified("/batch/job_8/step_0");
  it.unified("/other");
  EXPECT_TRUE(it.inventory().sync());
  EXPECT_EQ(units_of(it.inventory()), (Expected{{"batch 7", "/batch/job_7"}, {"batch 8", "/batch/job_8"}}));
}

TEST(Inventory, HasNoUnitsBeforeTheManagersDirectoryExists) {
  Fixture it(kJobs);
  it.unified();
  it.inventory().sync();
  EXPECT_TRUE(it.inventory().units().empty());
  it.unified("/batch/job_7");
  EXPECT_FALSE(it.inventory().sync());
  EXPECT_EQ(units_of(it.inventory()), (Expected{{"batch 7", "/batch/job_7"}}));
}

TEST(Inventory, WaitsForAHierarchyThatIsNotMountedYet) {
  Fixture it(kJobs);
  it.tree.remove("cgroup");
  it.inventory().sync();
  it.tree.make("cgroup/cpu,cpuacct/batch/job_7");
  it.inventory().sync();
  EXPECT_EQ(units_of(it.inventory()), (Expected{{"batch 7", "/batch/job_7"}}));
}

TEST(Inventory, SearchesOnlyTheActiveLegacyHierarchy) {
  Fixture it(kJobs, "memory");
  it.tree.make("cgroup/memory/batch/job_1");
  it.tree.make("cgroup/cpuacct/batch/job_2");
  it.inventory().sync();
  EXPECT_EQ(units_of(it.inventory()), (Expected{{"batch 1", "/batch/job_1"}}));
}

TEST(Inventory, TakesAHybridUnitFromWhicheverHierarchyHasIt) {
  Fixture it(kJobs);
  it.tree.make("cgroup/cpuacct/batch/job_1");
  it.tree.make("cgroup/cpuacct/batch/job_2");
  it.tree.write("cgroup/unified/cgroup.controllers", "");
  it.tree.make("cgroup/unified/batch/job_2");
  it.tree.make("cgroup/unified/batch/job_3");
  it.inventory().sync();
  const Expected all{{"batch 1", "/batch/job_1"}, {"batch 2", "/batch/job_2"}, {"batch 3", "/batch/job_3"}};
  EXPECT_EQ(units_of(it.inventory()), all);
  EXPECT_EQ(it.inventory().units().size(), 3);
  EXPECT_EQ(it.inventory().stats().in_shadow, 0);
  // It lives as long as one hierarchy has it.
  const std::uint64_t generation = it.inventory().generation();
  it.tree.remove("cgroup/cpuacct/batch/job_2");
  it.inventory().sync();
  EXPECT_EQ(it.inventory().generation(), generation);
  it.tree.remove("cgroup/unified/batch/job_2");
  it.inventory().sync();
  EXPECT_EQ(it.inventory().units().size(), 2);
}

TEST(Inventory, MatchesNamesWithoutSystemdsEscapes) {
  Fixture it("generic:\n  - name: vm\n    pattern: ^/machine-qemu-(?P<id>[0-9]+)\\.scope$\n    user: u\n");
  it.unified();
  it.unified("/machine-qemu\\x2d3.scope");
  it.inventory().sync();
  EXPECT_EQ(units_of(it.inventory()), (Expected{{"vm 3", "/machine-qemu\\x2d3.scope"}}));
}

TEST(Inventory, GivesACgroupToTheFirstManagerThatClaimsIt) {
  Fixture it(
      "generic:\n"
      "  - name: first\n    pattern: ^/job-(?P<id>[0-9]+)$\n    user: u\n"
      "  - name: second\n    pattern: ^/(?P<id>job-[0-9]+)$\n    user: u\n");
  it.unified();
  it.unified("/job-1");
  it.inventory().sync();
  EXPECT_EQ(units_of(it.inventory()), (Expected{{"first 1", "/job-1"}}));
}

TEST(Inventory, CountsWhatIsInsideAUnitAsPartOfIt) {
  Fixture it(kNested);
  it.unified();
  it.unified("/inner-1/outer-2");
  it.unified("/inner-1/inner-3");
  it.unified("/outer-4/rest-5");
  it.inventory().sync();
  EXPECT_EQ(units_of(it.inventory()), (Expected{{"inner 1", "/inner-1"}, {"outer 4", "/outer-4"}}));
}

TEST(Inventory, SetsAUnitAsideWhenAnEarlierManagerClaimsInsideIt) {
  Fixture it(kNested);
  it.unified();
  it.unified("/outer-1/deep/inner-2");
  it.unified("/outer-3");
  it.inventory().sync();
  EXPECT_EQ(units_of(it.inventory()),
            (Expected{{"inner 2", "/outer-1/deep/inner-2"}, {"outer 3", "/outer-3"}}));
  EXPECT_EQ(it.inventory().stats().set_aside, 1);
}

TEST(Inventory, LooksAnewAtWhatElseIsInsideAUnitSetAside) {
  Fixture it(kNested);
  it.unified();
  it.unified("/outer-1/rest-9");
  it.inventory().sync();
  EXPECT_EQ(units_of(it.inventory()), (Expected{{"outer 1", "/outer-1"}}));
  it.unified("/outer-1/inner-2");
  it.inventory().sync();
  EXPECT_EQ(units_of(it.inventory()),
            (Expected{{"inner 2", "/outer-1/inner-2"}, {"rest 9", "/outer-1/rest-9"}}));
}

TEST(Inventory, KeepsAUnitAsideUntilItsDirectoryGoes) {
  Fixture it(kNested);
  it.unified();
  it.unified("/outer-1/inner-2");
  it.inventory().sync();
  it.tree.remove("cgroup/outer-1/inner-2");
  it.inventory().sync();
  EXPECT_TRUE(it.inventory().units().empty());
  it.tree.remove("cgroup/outer-1");
  it.inventory().sync();
  EXPECT_EQ(it.inventory().stats().set_aside, 0);
  it.unified("/outer-1");
  it.inventory().sync();
  EXPECT_EQ(units_of(it.inventory()), (Expected{{"outer 1", "/outer-1"}}));
}

TEST(Inventory, LetsOnlyOneCgroupBeAUnit) {
  Fixture it("generic:\n  - name: m\n    pattern: /job-(?P<id>[0-9]+)$\n    user: u\n");
  it.unified();
  it.unified("/a/job-1");
  it.inventory().sync();
  it.unified("/b/job-1");
  it.inventory().sync();
  EXPECT_EQ(units_of(it.inventory()), (Expected{{"m 1", "/a/job-1"}}));
  EXPECT_EQ(it.inventory().units().size(), 1);
  EXPECT_EQ(it.inventory().stats().in_shadow, 1);
  it.tree.remove("cgroup/a");
  it.inventory().sync();
  EXPECT_EQ(units_of(it.inventory()), (Expected{{"m 1", "/b/job-1"}}));
  EXPECT_EQ(it.inventory().stats().in_shadow, 0);
}

TEST(Inventory, TellsUnitsOfVirtualNodesApart) {
  Fixture it("generic:\n  - name: m\n    pattern: ^/(?P<host>[a-z]+)/job-(?P<id>[0-9]+)$\n    user: u\n");
  it.unified();
  it.unified("/a/job-1");
  it.unified("/b/job-1");
  it.inventory().sync();
  EXPECT_EQ(it.inventory().units().size(), 2);
}

TEST(Inventory, GivesAUnitMadeAgainAnotherSerial) {
  Fixture it(kJobs);
  it.unified();
  it.unified("/batch/job_7");
  it.inventory().sync();
  const std::uint64_t serial = it.inventory().units().front()->serial;
  it.tree.remove("cgroup/batch/job_7");
  it.unified("/batch/job_7");
  it.inventory().sync();
  ASSERT_EQ(it.inventory().units().size(), 1);
  EXPECT_NE(it.inventory().units().front()->serial, serial);
}

TEST(Inventory, NamesTheOwnerOfTheFirstProcess) {
  Fixture it("generic:\n  - name: m\n    pattern: ^/job-(?P<id>[0-9]+)$\n    project: 'of {owner}'\n");
  it.unified();
  it.unified("/job-1");
  it.tree.write("cgroup/job-1/cgroup.procs", "");
  it.inventory().sync();
  const auto& units = it.inventory().units();
  ASSERT_EQ(units.size(), 1);
  EXPECT_EQ(units.front()->belonging, (Belonging{"", "of "}));
  const std::uint64_t generation = it.inventory().generation();
  it.tree.write("cgroup/job-1/cgroup.procs", "20\n");
  it.tree.write("proc/20/status", "Uid:\t0\t0\t0\t0\n");
  it.inventory().sync();
  EXPECT_EQ(units.front()->belonging, (Belonging{"root", "of root"}));
  EXPECT_GT(it.inventory().generation(), generation);
  // Once for its life.
  it.tree.write("proc/20/status", "Uid:\t1\t1\t1\t1\n");
  it.inventory().sync();
  EXPECT_EQ(units.front()->belonging.user, "root");
}

TEST(Inventory, AsksAnEmptyCgroupForItsOwnerOnlyNowAndThen) {
  Fixture it("generic:\n  - name: m\n    pattern: ^/job-(?P<id>[0-9]+)$\n");
  it.unified();
  it.unified("/job-1");
  for (int i = 0; i < 20; ++i)
    it.inventory().sync();
  EXPECT_EQ(it.inventory().units().front()->owner_attempts, 5);
}

TEST(UserNames, GivesNumbersToUsersWithoutAName) {
  UserNames names([](uid_t) -> std::optional<std::string> { return std::nullopt; });
  EXPECT_EQ(names.name(4242, std::chrono::seconds(10)), "4242");
}

TEST(UserNames, KnowsTheUsersOfThisMachine) {
  UserNames names;
  EXPECT_EQ(names.name(0, std::chrono::seconds(10)), "root");
}

TEST(UserNames, DoesNotWaitForASlowDirectory) {
  std::atomic<bool> go{false};
  std::atomic<int> lookups{0};
  {
    UserNames names([&](uid_t) -> std::optional<std::string> {
      ++lookups;
      while (!go)
        std::this_thread::yield();
      return "alice";
    });
    EXPECT_EQ(names.name(7, std::chrono::milliseconds(1)), std::nullopt);
    EXPECT_EQ(names.name(7, std::chrono::milliseconds(0)), std::nullopt);
    go = true;
    EXPECT_EQ(names.name(7, std::chrono::seconds(10)), "alice");
    EXPECT_EQ(names.name(7, std::chrono::milliseconds(0)), "alice");
  }
  EXPECT_EQ(lookups, 1);
}

// On the real hierarchies of this machine, where it lets us make cgroups: none is made elsewhere.
class RealInventory : public ::testing::TestWithParam<int> {};

std::vector<int> where_real_cgroups_can_be_made() {
  return RealCgroup("probe").made() ? std::vector<int>{1} : std::vector<int>{};
}

TEST_P(RealInventory, FollowsRealCgroups) {
  RealCgroup real("inventory");
  auto managers = parse_generic_managers(
      fmt::format("generic:\n  - name: m\n    pattern: ^{}/job-(?P<id>[0-9]+)$\n", real.path()), "test.yml");
  ASSERT_TRUE(managers);
  Inventory inventory(InventoryOptions{}, std::move(*managers), base::Logger());
  real.make_below("/job-1");
  inventory.sync();
  EXPECT_EQ(units_of(inventory), (Expected{{"m 1", real.path() + "/job-1"}}));
  ASSERT_TRUE(real.spawn("/job-1", [] { ::pause(); }));
  inventory.sync();
  ASSERT_TRUE(inventory.units().front()->owner_known);
  EXPECT_EQ(inventory.units().front()->belonging.user, "root");
  real.make_below("/job-2");
  inventory.sync();
  EXPECT_EQ(inventory.units().size(), 2);
  real.remove_below("/job-2");
  inventory.sync();
  EXPECT_EQ(inventory.units().size(), 1);
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RealInventory);
INSTANTIATE_TEST_SUITE_P(Here, RealInventory, ::testing::ValuesIn(where_real_cgroups_can_be_made()));

}  // namespace
}  // namespace ceems::unit
