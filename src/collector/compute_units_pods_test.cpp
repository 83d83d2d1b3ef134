#include "collector/unit_bench_test.h"
#include "collector/unit_managers.h"
#include "unit/pod_cpus.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::collector {
namespace {

const std::string kPod = "/kubepods/burstable/pod1b4e28ba-2fa1-11d2-883f-0016d3cca427";

struct PodBench : Bench {
  PodBench() {
    options.use_kubernetes = true;
    options.use_generic = false;
  }
  void pod(std::uint64_t weight) const {
    unified(kPod);
    tree.write("cgroup" + kPod + "/cpu.weight", fmt::format("{}\n", weight));
    tree.write("cgroup" + kPod + "/cpuset.cpus.effective", "0-3\n");
    tree.write("cgroup" + kPod + "/memory.swap.current", "7\n");
    tree.write("cgroup" + kPod + "/io.stat", "8:0 rbytes=1 wbytes=2 rios=3 wios=4\n");
  }
  std::string value_of(const std::string& metric) {
    const Lines lines = samples(metric + "{");
    return lines.size() == 1 ? lines[0].substr(lines[0].rfind(' ') + 1)
                             : fmt::format("{} series", lines.size());
  }
};

TEST(ComputeUnitsOfKubernetes, AreThePodsWithSwapAndIo) {
  PodBench bench;
  bench.pod(39);
  bench.unified("/kubepods/burstable");
  EXPECT_EQ(bench.samples("ceems_compute_units"),
            (Lines{R"(ceems_compute_units{hostname="node1",manager="k8s"} 1)"}));
  EXPECT_EQ(bench.value_of("ceems_compute_unit_memsw_used_bytes"), "7");
  EXPECT_EQ(bench.value_of("ceems_compute_unit_blkio_write_total_bytes"), "2");
  EXPECT_EQ(bench.samples("ceems_compute_unit_info"), Lines{});
}

TEST(ComputeUnitsOfKubernetes, HaveTheCpusThatTheyAskedFor) {
  PodBench bench;
  bench.pod(39);
  EXPECT_EQ(bench.value_of("ceems_compute_unit_cpus"), "1");
  PodBench compat;
  compat.node.compat = true;
  compat.pod(39);
  EXPECT_EQ(compat.value_of("ceems_compute_unit_cpus"), "0.974");
  PodBench nothing;
  nothing.pod(1);
  EXPECT_EQ(nothing.value_of("ceems_compute_unit_cpus"), "0.001");
}

TEST(ComputeUnitsOfKubernetes, HaveThemByTheRuleOfTheirNode) {
  PodBench bench;  // eight CPUs
  const auto weight = [](std::uint64_t cpus) {
    return unit::weight_of_shares(cpus * 1024, unit::WeightRule::kQuadratic);
  };
  bench.pod(weight(2));
  bench.tree.write("cgroup/kubepods/cpu.weight", fmt::format("{}\n", weight(8)));
  EXPECT_EQ(bench.value_of("ceems_compute_unit_cpus"), "2");
}

TEST(ComputeUnitsOfKubernetes, HaveThemUnderCgroupV1Too) {
  PodBench bench;
  bench.options.force_version = cgroup::ForceVersion::kV1;
  bench.tree.write("cgroup/cpuacct" + kPod + "/cpuacct.stat", "user 1\nsystem 1\n");
  bench.tree.write("cgroup/cpu" + kPod + "/cpu.shares", "2560\n");
  EXPECT_EQ(bench.value_of("ceems_compute_unit_cpus"), "2.5");
}

TEST(UnitManagers, AskForWhatTheirCollectorsNeed) {
  ComputeUnitsOptions options;
  options.use_slurm = true;
  options.use_lsf = true;
  options.use_kubernetes = true;
  EXPECT_EQ(unit_collectors(options), (std::vector<std::string_view>{"slurm", "lsf", "k8s", "generic"}));
  // Without GPUs only jobs without a name have to be asked for.
  const auto needs = unit_capability_needs(options);
  ASSERT_EQ(needs.size(), 1);
  EXPECT_EQ(needs[0].feature, "slurm");
}

TEST(UnitManagers, RefuseAKubeconfigThatIsWrong) {
  PodBench bench;
  bench.tree.write("kubeconfig", "current-context: none\n");
  gpu::DeviceWatchOptions watch;
  watch.detect.sysfs = bench.node.sysfs;
  bench.options.gpus = std::make_shared<gpu::DeviceWatch>(watch, base::Logger());
  bench.options.kubeconfig_file = bench.tree.path("kubeconfig");
  EXPECT_FALSE(make_compute_units_collector(bench.node, bench.options));
  bench.options.kubeconfig_file = "/nowhere/kubeconfig";
  EXPECT_FALSE(make_compute_units_collector(bench.node, bench.options));
}

}  // namespace
}  // namespace ceems::collector
