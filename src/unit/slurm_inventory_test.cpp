// SLURM's jobs as they come and go in trees of every layout.
#include "cgroup/test_tree.h"
#include "unit/inventory.h"
#include "unit/slurm_manager.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::unit {
namespace {

using cgroup::testing::FakeTree;
using cgroup::testing::RealCgroup;
using namespace std::string_literals;
using Jobs = std::map<std::string, std::string>;  // "node/uuid" → path

struct Node {
  Node() {
    options.cgroupfs = tree.path("cgroup");
    options.procfs = tree.path("proc");
    tree.make("cgroup");
    tree.make("proc");
  }
  void unified(const std::string& below = "") const {
    tree.write("cgroup" + below + "/cgroup.controllers", "cpu memory\n");
  }
  // A process that runs in that cgroup.
  void runs(int pid, const std::string& in) const {
    tree.make(fmt::format("proc/{}", pid));
    tree.write("cgroup" + in + "/cgroup.procs", fmt::format("{}\n", pid));
  }
  void ends(int pid, const std::string& in) const {
    tree.remove(fmt::format("proc/{}", pid));
    tree.write("cgroup" + in + "/cgroup.procs", "");
  }
  // A process that runs there and says which job it is of.
  void runs(int pid, const std::string& in, const std::string& uid, const std::string& program,
            const std::string& job) const {
    runs(pid, in);
    tree.write(fmt::format("proc/{}/status", pid), fmt::format("Uid:\t{0}\t{0}\t{0}\t{0}\n", uid));
    tree.write(fmt::format("proc/{}/environ", pid), "SLURM_JOB_ID=" + job + "\0"s);
    ASSERT_EQ(::symlink(program.c_str(), tree.path(fmt::format("proc/{}/exe", pid)).c_str()), 0);
  }
  void slurmstepd(int pid, const std::string& in, const std::string& job) const {
    runs(pid, in, "0", "/not/there/slurmstepd", job);
  }
  Inventory& inventory() {
    if (!made) {
      Managers managers;
      managers.push_back(std::make_unique<SlurmManager>());
      made = std::make_unique<Inventory>(options, std::move(managers), base::Logger());
    }
    return *made;
  }
  Jobs jobs() {
    inventory().sync();
    Jobs jobs;
    for (const auto& unit : inventory().units()) {
      if (!unit->left_over) jobs[unit->claim.cgrouphostname + "/" + unit->claim.uuid] = unit->path;
    }
    return jobs;
  }

  FakeTree tree;
  InventoryOptions options;
  std::unique_ptr<Inventory> made;
};

TEST(SlurmInventory, FindsJobsUnderTheUnifiedHierarchy) {
  Node node;
  node.unified();
  node.runs(10, "/system.slice/slurmstepd.scope/job_42/step_batch/slurm");
  node.runs(11, "/system.slice/slurmstepd.scope/job_42/step_batch/user/task_0");
  node.runs(12, "/system.slice/slurmstepd.scope/system");
  node.runs(13, "/system.slice/slurmd.service");
  EXPECT_EQ(node.jobs(), (Jobs{{"/42", "/system.slice/slurmstepd.scope/job_42"}}));
}

TEST(SlurmInventory, TellsVirtualNodesApart) {
  Node node;
  node.unified();
  node.runs(10, "/system.slice/n7_slurmstepd.scope/job_42/step_0/user/task_0");
  node.runs(11, "/system.slice/n8_slurmstepd.scope/job_42/step_0/user/task_0");
  EXPECT_EQ(node.jobs(), (Jobs{{"n7/42", "/system.slice/n7_slurmstepd.scope/job_42"},
                               {"n8/42", "/system.slice/n8_slurmstepd.scope/job_42"}}));
}

TEST(SlurmInventory, FindsJobsOfEachControllerByItself) {
  Node node;
  for (const char* controller : {"cpuacct", "memory", "cpuset", "freezer"})
    node.tree.make(fmt::format("cgroup/{}/slurm/uid_1000/job_42/step_batch", controller));
  node.runs(10, "/cpuacct/slurm/uid_1000/job_42/step_batch/task_0");
  EXPECT_EQ(node.jobs(), (Jobs{{"/42", "/slurm/uid_1000/job_42"}}));
}

TEST(SlurmInventory, FindsJobsOfControllersThatAreMountedTogether) {
  Node node;
  node.tree.make("cgroup/memory/slurm_n7/uid_1000/job_42/step_0");
  node.runs(10, "/cpu,cpuacct/slurm_n7/uid_1000/job_42/step_0/task_3");
  EXPECT_EQ(node.jobs(), (Jobs{{"n7/42", "/slurm_n7/uid_1000/job_42"}}));
}

TEST(SlurmInventory, FindsJobsInTheHierarchyThatIsAskedFor) {
  Node node;
  node.options.active_subsystem = "memory";
  node.tree.make("cgroup/cpuacct/slurm/uid_1000/job_41/task_0");
  node.runs(10, "/memory/slurm/uid_1000/job_42/step_0");
  EXPECT_EQ(node.jobs(), (Jobs{{"/42", "/slurm/uid_1000/job_42"}}));
}

TEST(SlurmInventory, FindsJobsInEitherTreeOfAHybrid) {
  Node node;
  node.tree.write("cgroup/unified/cgroup.controllers", "\n");
  node.runs(10, "/cpuacct/slurm/uid_1000/job_42/step_0/task_0");
  node.runs(11, "/unified/system.slice/slurmstepd.scope/job_43/step_0/user/task_0");
  EXPECT_EQ(node.jobs(),
            (Jobs{{"/42", "/slurm/uid_1000/job_42"}, {"/43", "/system.slice/slurmstepd.scope/job_43"}}));
}

TEST(SlurmInventory, StartsBeforeSlurmDoes) {
  Node node;
  node.unified();
  EXPECT_EQ(node.jobs(), Jobs{});
  node.runs(10, "/system.slice/slurmstepd.scope/job_1/step_0/user/task_0");
  EXPECT_EQ(node.jobs().size(), 1);
  node.tree.remove("cgroup/system.slice/slurmstepd.scope");
  EXPECT_EQ(node.jobs(), Jobs{});
}

TEST(SlurmInventory, DropsWhatAJobLeftBehind) {
  Node node;
  const std::string task = "/cpuacct/slurm/uid_1000/job_42/step_0/task_0";
  node.runs(10, task);
  EXPECT_EQ(node.jobs().size(), 1);
  node.ends(10, task);
  EXPECT_EQ(node.jobs(), Jobs{});
  EXPECT_EQ(node.inventory().stats().left_over, 1);
}

TEST(SlurmInventory, CountsAProcessThatHasEndedAsNone) {
  Node node;
  node.tree.write("cgroup/cpuacct/slurm/uid_1000/job_42/cgroup.procs", "10\nx\n-1\n99999999999999\n");
  EXPECT_EQ(node.jobs(), Jobs{});
}

TEST(SlurmInventory, CountsAProcessOfAnotherPidNamespace) {
  Node node;
  node.tree.write("cgroup/cpuacct/slurm/uid_1000/job_42/step_0/cgroup.procs", "0\n");
  EXPECT_EQ(node.jobs().size(), 1);
}

TEST(SlurmInventory, KeepsAJobWhileAnotherOfItsProcessesRuns) {
  Node node;
  node.runs(10, "/cpuacct/slurm/uid_1000/job_42/step_0/task_0");
  node.runs(11, "/cpuacct/slurm/uid_1000/job_42/step_1/task_0");
  EXPECT_EQ(node.jobs().size(), 1);
  node.ends(10, "/cpuacct/slurm/uid_1000/job_42/step_0/task_0");
  EXPECT_EQ(node.jobs().size(), 1);
  node.ends(11, "/cpuacct/slurm/uid_1000/job_42/step_1/task_0");
  EXPECT_EQ(node.jobs(), Jobs{});
}

TEST(SlurmInventory, NoticesTheNextStepOfAJobThatHadNoneForLong) {
  Node node;
  node.tree.make("cgroup/cpuacct/slurm/uid_1000/job_42");
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(node.jobs(), Jobs{});
  node.runs(10, "/cpuacct/slurm/uid_1000/job_42/step_0");
  EXPECT_EQ(node.jobs().size(), 1);
}

TEST(SlurmInventory, ReadsProcessListsOnlyWhenItMust) {
  Node node;
  node.runs(10, "/cpuacct/slurm/uid_1000/job_42/step_0/task_0");
  EXPECT_EQ(node.jobs().size(), 1);
  // As long as the process that was seen lives, nobody asks who else is there.
  node.tree.write("cgroup/cpuacct/slurm/uid_1000/job_42/step_0/task_0/cgroup.procs", "");
  EXPECT_EQ(node.jobs().size(), 1);
}

TEST(SlurmInventory, NoticesAtAWholeWalkThatTheProcessItSawWasMoved) {
  Node node;
  node.options.walk_interval = std::chrono::seconds(0);
  node.runs(10, "/cpuacct/slurm/uid_1000/job_42/step_0/task_0");
  node.runs(11, "/cpuacct/slurm/uid_1000/job_43/step_0/task_0");
  EXPECT_EQ(node.jobs().size(), 2);
  EXPECT_EQ(node.jobs().size(), 2);
  node.tree.write("cgroup/cpuacct/slurm/uid_1000/job_42/step_0/task_0/cgroup.procs", "");
  node.tree.write("cgroup/cpuacct/slurm/uid_1000/job_43/step_0/task_0/cgroup.procs", "10\n11\n");
  EXPECT_EQ(node.jobs(), (Jobs{{"/43", "/slurm/uid_1000/job_43"}}));
}

TEST(SlurmInventory, GivesTheIdOfALeftoverToTheJobThatHasItNow) {
  // After a cluster's job ids start anew, or a job is requeued.
  Node node;
  node.runs(10, "/cpuacct/slurm/uid_1000/job_42/step_0");
  node.runs(11, "/cpuacct/slurm/uid_1001/job_42/step_0");
  const Jobs before = node.jobs();
  ASSERT_EQ(before.size(), 1);
  const bool first = before.at("/42") == "/slurm/uid_1000/job_42";
  const std::string old_path = first ? "/slurm/uid_1000/job_42" : "/slurm/uid_1001/job_42";
  const std::string new_path = first ? "/slurm/uid_1001/job_42" : "/slurm/uid_1000/job_42";
  EXPECT_EQ(node.inventory().stats().in_shadow, 1);
  node.ends(first ? 10 : 11, "/cpuacct" + old_path + "/step_0");
  EXPECT_EQ(node.jobs(), (Jobs{{"/42", new_path}}));
  EXPECT_EQ(node.inventory().stats().in_shadow, 1);
  EXPECT_EQ(node.inventory().stats().left_over, 0);
  node.tree.remove("cgroup/cpuacct" + old_path);
  EXPECT_EQ(node.jobs(), (Jobs{{"/42", new_path}}));
  EXPECT_EQ(node.inventory().stats().in_shadow, 0);
  node.tree.remove("cgroup/cpuacct" + new_path);
  EXPECT_EQ(node.jobs(), Jobs{});
}

const std::string kSluidJob = "/system.slice/slurmstepd.scope/s5K1KKYAYG5D00";

TEST(SlurmInventory, AsksASlurmstepdWhoseCgroupASluidNames) {
  Node node;
  node.unified();
  node.runs(11, kSluidJob + "/step_0/user/task_0", "1000", "/bin/sleep", "42");
  node.slurmstepd(10, kSluidJob + "/step_0/slurm", "42");
  EXPECT_EQ(node.jobs(), (Jobs{{"/42", kSluidJob}}));
  EXPECT_EQ(node.inventory().units().front()->claim.name, "s5K1KKYAYG5D00");
  EXPECT_EQ(node.inventory().stats().nameless, 0);
}

TEST(SlurmInventory, AsksOnlyOnceInAJobsLife) {
  Node node;
  node.unified();
  node.slurmstepd(10, kSluidJob + "/step_0/slurm", "42");
  EXPECT_EQ(node.jobs().size(), 1);
  node.tree.write("proc/10/environ", "SLURM_JOB_ID=43\0"s);
  EXPECT_EQ(node.jobs(), (Jobs{{"/42", kSluidJob}}));
}

TEST(SlurmInventory, LeavesOutASluidAsLongAsNobodyThatCanBeBelievedSaysItsJob) {
  Node node;
  node.unified();
  node.runs(11, kSluidJob + "/step_0/user/task_0", "1000", "/not/there/slurmstepd", "99");
  node.runs(12, kSluidJob + "/step_0/user/task_1", "0", "/usr/bin/sudo", "99");
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(node.jobs(), Jobs{});
  EXPECT_EQ(node.inventory().stats().nameless, 1);
  node.tree.remove("cgroup" + kSluidJob);
  EXPECT_EQ(node.jobs(), Jobs{});
  EXPECT_EQ(node.inventory().stats().nameless, 0);
}

TEST(SlurmInventory, WaitsForASlurmstepdThatComesLater) {
  Node node;
  node.unified();
  node.tree.make("cgroup" + kSluidJob + "/step_0/slurm");
  EXPECT_EQ(node.jobs(), Jobs{});
  node.slurmstepd(10, kSluidJob + "/step_0/slurm", "42");
  EXPECT_EQ(node.jobs().size(), 1);
}

TEST(SlurmInventory, LetsNoUsersEnvironmentTouchAnothersJob) {
  Node node;
  node.unified();
  const std::string scope = "/system.slice/slurmstepd.scope";
  node.runs(20, scope + "/job_41/step_0/user/task_0", "1001", "/bin/sleep", "41");
  node.slurmstepd(10, kSluidJob + "/step_0/slurm", "42");
  node.runs(11, kSluidJob + "/step_0/user/task_0", "1000", "/bin/sleep", "41");
  node.tree.write("proc/11/environ", "SLURM_JOB_ID=41\0"s + std::string(2 << 20, 'A'));
  const Jobs expected{{"/41", scope + "/job_41"}, {"/42", kSluidJob}};
  EXPECT_EQ(node.jobs(), expected);
  node.runs(12, scope + "/job_43/step_0/user/task_0", "1000", "/bin/sleep", "41");
  Jobs more = expected;
  more["/43"] = scope + "/job_43";
  EXPECT_EQ(node.jobs(), more);
}

TEST(SlurmInventory, TakesASluidForAJobOnlyWhereAJobWouldBe) {
  Node node;
  node.unified();
  node.slurmstepd(10, "/system.slice/s5K1KKYAYG5D00/step_0/slurm", "42");
  node.slurmstepd(11, "/user.slice/slurmstepd.scope/s5K1KKYAYG5D00/step_0/slurm", "43");
  node.slurmstepd(12, "/system.slice/slurmstepd.scope/job_44/s5K1KKYAYG5D00/step_0/slurm", "45");
  EXPECT_EQ(node.jobs(), (Jobs{{"/44", "/system.slice/slurmstepd.scope/job_44"}}));
  EXPECT_EQ(node.inventory().stats().nameless, 0);
}

TEST(SlurmInventory, CountsTwoCgroupsThatSayTheyAreOneJobOnce) {
  Node node;
  node.unified();
  node.slurmstepd(10, kSluidJob + "/step_0/slurm", "42");
  node.slurmstepd(11, "/system.slice/slurmstepd.scope/s5K1KKYAYG5D01/step_0/slurm", "42");
  EXPECT_EQ(node.jobs().size(), 1);
  EXPECT_EQ(node.inventory().stats().in_shadow, 1);
}

TEST(SlurmInventory, FindsTheSlurmstepdOfAV1JobWhereItIs) {
  // It is not in the hierarchy of CPU time, but in that of memory.
  Node node;
  node.runs(11, "/cpuacct/slurm/uid_1000/s5K1KKYAYG5D00/step_0/task_0", "1000", "/bin/sleep", "99");
  node.slurmstepd(10, "/memory/slurm/uid_1000/s5K1KKYAYG5D00/step_0", "42");
  EXPECT_EQ(node.jobs(), (Jobs{{"/42", "/slurm/uid_1000/s5K1KKYAYG5D00"}}));
}

// On the real hierarchies of this machine, where it lets us make cgroups.
class RealSlurm : public ::testing::TestWithParam<int> {};

std::vector<int> where_real_cgroups_can_be_made() {
  return RealCgroup("probe").made() ? std::vector<int>{1} : std::vector<int>{};
}

TEST_P(RealSlurm, NoticesWhenTheLastProcessEnds) {
  RealCgroup real("slurm-inventory");
  for (const char* below :
       {"/slurm", "/slurm/uid_1000", "/slurm/uid_1000/job_42", "/slurm/uid_1000/job_42/step_0"})
    real.make_below(below);
  Managers managers;
  managers.push_back(std::make_unique<SlurmManager>());
  Inventory inventory(InventoryOptions{}, std::move(managers), base::Logger());
  const auto ours = [&]() -> const Unit* {
    inventory.sync();
    for (const auto& unit : inventory.units()) {
      if (unit->path == real.path() + "/slurm/uid_1000/job_42") return unit.get();
    }
    return nullptr;
  };
  ASSERT_NE(ours(), nullptr);
  EXPECT_TRUE(ours()->left_over);
  const ::pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (true)
      ::pause();
  }
  for (const std::string& directory : real.directories())
    std::ofstream(directory + "/slurm/uid_1000/job_42/step_0/cgroup.procs") << child;
  EXPECT_FALSE(ours()->left_over);
  EXPECT_FALSE(ours()->left_over);
  ::kill(child, SIGKILL);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_TRUE(ours()->left_over);
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RealSlurm);
INSTANTIATE_TEST_SUITE_P(Here, RealSlurm, ::testing::ValuesIn(where_real_cgroups_can_be_made()));

}  // namespace
}  // namespace ceems::unit
