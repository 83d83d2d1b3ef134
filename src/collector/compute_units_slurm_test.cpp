#include "collector/compute_units.h"
#include "collector/unit_bench_test.h"

#include <algorithm>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace ceems::collector {
namespace {

// SLURM with jobs beside a generic manager that would have them too.
struct SlurmBench : Bench {
  SlurmBench() {
    options.use_slurm = true;
    options.use_generic = false;
  }
  // A job with a process in a step.
  void job(const std::string& path) {
    unified(path);
    tree.make(fmt::format("proc/{}", ++last_pid));
    tree.write("cgroup" + path + "/step_0/user/task_0/cgroup.procs", fmt::format("{}\n", last_pid));
  }
  int last_pid = 100;
};

std::string job(const std::string& uuid, const std::string& node = "") {
  return fmt::format(R"({{cgrouphostname="{}",hostname="node1",manager="slurm",uuid="{}"}})", node, uuid);
}

TEST(ComputeUnitsOfSlurm, EmitsEveryAlwaysMetricOfAJobAndNoInfo) {
  SlurmBench bench;
  bench.job("/system.slice/slurmstepd.scope/job_7");
  const std::string u = job("7");
  const Lines expected = {
      R"(ceems_compute_units{hostname="node1",manager="slurm"} 1)",
      "ceems_compute_unit_cpu_user_seconds_total" + u + " 1.5",
      "ceems_compute_unit_cpu_system_seconds_total" + u + " 0.25",
      "ceems_compute_unit_cpus" + u + " 8",
      "ceems_compute_unit_memory_rss_bytes" + u + " 0",
      "ceems_compute_unit_memory_cache_bytes" + u + " 0",
      "ceems_compute_unit_memory_used_bytes" + u + " 4096",
      "ceems_compute_unit_memory_total_bytes" + u + " 0",
      "ceems_compute_unit_memory_fail_count" + u + " 0",
  };
  EXPECT_EQ(bench.samples(), expected);
}

TEST(ComputeUnitsOfSlurm, GivesAJobToSlurmAndTheRestToTheGenericManagers) {
  SlurmBench bench;
  bench.options.use_generic = true;
  bench.configure("generic:\n  - name: scopes\n    preset: systemd-scopes\n    user: u\n");
  bench.options.slurm.swap = true;
  bench.job("/system.slice/n7_slurmstepd.scope/job_7");
  bench.unified("/system.slice/other.scope");
  EXPECT_EQ(bench.samples("ceems_compute_units"),
            (Lines{R"(ceems_compute_units{hostname="node1",manager="scopes"} 1)",
                   R"(ceems_compute_units{hostname="node1",manager="slurm"} 1)"}));
  EXPECT_EQ(bench.samples("ceems_compute_unit_memsw_used_bytes"),
            (Lines{"ceems_compute_unit_memsw_used_bytes" + job("7", "n7") + " 0"}));
  EXPECT_EQ(bench.samples("ceems_compute_unit_info").size(), 1);
}

TEST(ComputeUnitsOfSlurm, ReportsEachCollectorThatItStandsFor) {
  SlurmBench bench;
  bench.options.use_generic = true;
  bench.samples();
  Lines outcomes;
  for (const Outcome& outcome : bench.collector().outcomes())
    outcomes.push_back(fmt::format("{}/{} {}", outcome.collector, outcome.subcollector, outcome.success));
  EXPECT_EQ(outcomes, (Lines{"slurm/cgroup true", "generic/batch true", "slurm/ true", "generic/ true"}));
  EXPECT_EQ(bench.collector().name(), "slurm");
  EXPECT_EQ(bench.collector().names().size(), 2);
  bench.job("/system.slice/slurmstepd.scope/job_7");
  for (int i = 0; i < 100; ++i)
    bench.unified(fmt::format("/batch/job_{}", i));
  EXPECT_FALSE(bench.collector().collect(ScrapeContext{std::chrono::steady_clock::now()}));
  for (const Outcome& outcome : bench.collector().outcomes())
    EXPECT_FALSE(outcome.success) << outcome.collector;
}

TEST(ComputeUnitsOfSlurm, HasNothingOfAJobThatLeftItsCgroupBehind) {
  SlurmBench bench;
  bench.node.comparable_output = false;
  bench.job("/system.slice/slurmstepd.scope/job_7");
  bench.job("/system.slice/slurmstepd.scope/job_8");
  EXPECT_EQ(bench.samples("ceems_compute_unit_cpus").size(), 2);
  bench.tree.remove("proc/101");
  const Lines lines = bench.samples();
  EXPECT_TRUE(
      std::ranges::none_of(lines, [](const std::string& line) { return line.contains("uuid=\"7\""); }));
  EXPECT_TRUE(std::ranges::count(lines, R"(ceems_compute_units{hostname="node1",manager="slurm"} 1)"));
  EXPECT_TRUE(std::ranges::count(lines, "ceems_exporter_cgroup_claims_left_out{reason=\"left over\"} 1"));
  bench.tree.make("proc/101");
  bench.tree.make("cgroup/system.slice/slurmstepd.scope/job_7/step_1");
  EXPECT_EQ(bench.samples("ceems_compute_unit_cpus").size(), 2);
}

TEST(ComputeUnitsOfSlurm, KeepsOldValuesOfJobsIfAsked) {
  for (const bool compat : {false, true}) {
    SlurmBench bench;
    bench.node.compat = compat;
    bench.options.slurm.swap = true;
    const std::string job = "/slurm_n7/uid_1000/job_7";
    bench.tree.make("proc/10");
    bench.tree.write("cgroup/cpuacct" + job + "/step_0/task_0/cgroup.procs", "10\n");
    bench.tree.write("cgroup/cpuacct" + job + "/cpuacct.stat", "user 1\nsystem 1\n");
    bench.tree.write("cgroup/cpuset/cpuset.cpus", "0-7\n");
    for (const char* file : {"memory.limit_in_bytes", "memory.memsw.limit_in_bytes"})
      bench.tree.write("cgroup/memory" + job + "/" + file, "9223372036854771712\n");
    bench.tree.write("cgroup/rdma" + job + "/rdma.current", "mlx5_0 hca_handle=2 hca_object=30\n");
    std::set<std::string> samples;
    for (const std::string& line : bench.samples())
      samples.insert(line.substr(0, line.find('{')) + line.substr(line.rfind(' ')));
    const auto value = [&](const std::string& name, const char* ours, const char* old) {
      EXPECT_TRUE(samples.contains("ceems_compute_unit_" + name + " " + (compat ? old : ours))) << name;
    };
    value("memory_total_bytes", "1.073741824e+09", "9.223372036854772e+18");
    value("memsw_total_bytes", "1.0747904e+09", "9.223372036854772e+18");
    value("rdma_hca_objects", "30", "2");
    value("cpus", "8", "0");
  }
}

TEST(ComputeUnitsOfSlurm, EmitsPressureAndBlockIoOfJobsUnderTheirOwnFlags) {
  SlurmBench bench;
  bench.options.generic = {.swap = true, .psi = true, .blkio = true, .rdma = true, .extra = true};
  const auto families = [&] {
    std::set<std::string> names;
    for (const std::string& line : bench.samples())
      names.insert(line.substr(0, line.find('{')));
    return names;
  };
  const std::string path = "/system.slice/slurmstepd.scope/job_7";
  bench.job(path);
  bench.tree.write("cgroup" + path + "/io.stat", "8:0 rbytes=10 wbytes=0 rios=1 wios=0\n");
  for (const char* name :
       {"cpu_psi_seconds", "memory_psi_seconds", "memsw_used_bytes", "blkio_read_total_bytes"})
    EXPECT_FALSE(families().contains(std::string("ceems_compute_unit_") + name)) << name;
  bench.made.reset();
  bench.options.slurm = {.swap = true, .psi = true, .blkio = true, .rdma = true, .extra = false};
  for (const char* name :
       {"cpu_psi_seconds", "memory_psi_seconds", "memsw_used_bytes", "blkio_read_total_bytes"})
    EXPECT_TRUE(families().contains(std::string("ceems_compute_unit_") + name)) << name;
}

TEST(ComputeUnitsOfSlurm, AsksForTheCapabilitiesThatSlurmNeeds) {
  SlurmBench bench;
  const auto needs = bench.collector().needs();
  ASSERT_EQ(needs.size(), 1);
  EXPECT_EQ(needs[0].feature, "slurm");
  EXPECT_EQ(Lines(needs[0].capabilities.begin(), needs[0].capabilities.end()),
            (Lines{"CAP_DAC_READ_SEARCH", "CAP_SYS_PTRACE"}));
  Bench generic;
  EXPECT_TRUE(generic.collector().needs().empty());
}

TEST(ComputeUnitsOfSlurm, RefusesAGenericManagerThatIsNamedLikeSlurm) {
  SlurmBench bench;
  bench.options.use_generic = true;
  bench.configure("generic:\n  - name: slurm\n    preset: docker\n");
  EXPECT_FALSE(make_compute_units_collector(bench.node, bench.options));
}

}  // namespace
}  // namespace ceems::collector
