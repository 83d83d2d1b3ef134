#include "unit/unit_processes.h"

#include "cgroup/test_tree.h"
#include "unit/slurm_manager.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::unit {
namespace {

using namespace std::string_literals;

TEST(UnitProcesses, KnowWhatBatchSystemsRunOfTheirOwn) {
  EXPECT_TRUE(is_of_manager("slurm", "slurmstepd: [42.batch]"));
  EXPECT_TRUE(is_of_manager("slurm", "/bin/bash\0/var/spool/slurmd/job00042/slurm_script\0"s));
  EXPECT_TRUE(is_of_manager("slurm", "sleep\000100000000\0"s));
  EXPECT_FALSE(is_of_manager("slurm", "python\0train.py\0--then\0sleep 10\0"s));
  EXPECT_FALSE(is_of_manager("slurm", "my_slurmstepd: x"));
  EXPECT_FALSE(is_of_manager("slurm", ""));
  EXPECT_TRUE(is_of_manager("lsf", "/bin/sh\0/home/a/.lsbatch/17.77\0"s));
  EXPECT_TRUE(is_of_manager("openpbs", "-bash\0/var/spool/pbs/mom_priv/jobs/7.a.SC\0"s));
  EXPECT_FALSE(is_of_manager("k8s", "sleep\0001\0"s));
}

TEST(UnitProcesses, OptInByTheFullNameOfAVariable) {
  const std::vector<std::string> names{"CEEMS_ENABLE_PERF", "OTHER"};
  EXPECT_TRUE(opts_in("A=b\0CEEMS_ENABLE_PERF=1\0"s, names));
  EXPECT_TRUE(opts_in("OTHER=\0"s, names));
  for (const std::string& environment :
       {"CEEMS_ENABLE_PERF=0"s, "CEEMS_ENABLE_PERF=False\0"s, "CEEMS_ENABLE_PERF=no"s, "CEEMS_ENABLE_PERF"s,
        "CEEMS_ENABLE_PERFORMANCE=1"s, "X=CEEMS_ENABLE_PERF=1"s, ""s, "\0\0\0"s, std::string(3000, '=')})
    EXPECT_FALSE(opts_in(environment, names)) << environment;
}

struct Node {
  Node() {
    tree.make("cgroup/cpuacct/slurm");
    process("job_9/step_0", 21, "python", "WANT=1");
    process("job_10/step_1", 12, "python", "");
    process("job_10/step_0", 11, "slurmstepd: [10.0]", "WANT=1");
    process("job_10/step_0/task_0", 13, "solver", "WANT=yes");
    tree.write("cgroup/cpuacct/slurm/uid_1/job_9/cgroup.procs", "99\n");  // gone already
  }
  void process(const std::string& where, int pid, const std::string& command,
               const std::string& environment) const {
    tree.write("cgroup/cpuacct/slurm/uid_1/" + where + "/cgroup.procs", fmt::format("{0}\n{0}\n", pid));
    tree.write(fmt::format("proc/{}/cmdline", pid), command);
    tree.write(fmt::format("proc/{}/environ", pid), environment);
  }
  // "10:12 9:21"
  std::string processes(const ProcessChoice& choice) const {
    Managers managers;
    managers.push_back(std::make_unique<SlurmManager>());
    InventoryOptions options;
    options.cgroupfs = tree.path("cgroup");
    options.procfs = tree.path("proc");
    Inventory inventory(options, std::move(managers), base::Logger());
    inventory.sync();
    std::string text;
    for (const UnitProcess& one : processes_of(inventory, options.procfs, choice))
      text += fmt::format("{}{}:{}", text.empty() ? "" : " ", one.unit->claim.uuid, one.pid);
    return text;
  }
  cgroup::testing::FakeTree tree;
};

TEST(UnitProcesses, AreThoseOfAllUnitsInTheOrderOfAWalk) {
  EXPECT_EQ(Node().processes({}), "10:13 10:12 9:21");
  EXPECT_EQ(Node().processes({.variables = {}, .compat = true}), "10:11 10:13 10:12 9:21");
}

TEST(UnitProcesses, AreThoseThatOptInWhereTheyHaveTo) {
  EXPECT_EQ(Node().processes({.variables = {"WANT"}}), "10:13 9:21");
  EXPECT_EQ(Node().processes({.variables = {"NOBODY_HAS_IT"}}), "");
}

}  // namespace
}  // namespace ceems::unit
