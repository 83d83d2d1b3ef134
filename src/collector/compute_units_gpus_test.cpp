#include "base/allocations.h"
#include "collector/compute_units.h"
#include "collector/unit_bench_test.h"
#include "gpu/device_watch.h"

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace ceems::collector {
namespace {

using namespace std::string_literals;

// A node whose nvidia-smi is a script, with jobs of SLURM.
struct GpuBench : Bench {
  explicit GpuBench(const std::string& report) {
    options.use_slurm = true;
    options.use_generic = false;
    tree.write("nvidia-smi",
               "#!/bin/sh\ncat " + base::join_path(CEEMS_SOURCE_DIR, "tests/data/gpu/smi/" + report) + "\n");
    ::chmod(tree.path("nvidia-smi").c_str(), 0755);
    gpu::DeviceWatchOptions watch;
    watch.detect.sysfs = node.sysfs;
    watch.detect.vendors = {gpu::Vendor::kNvidia};
    watch.detect.nvidia_smi = tree.path("nvidia-smi");
    watch.procfs = node.procfs;
    options.gpus = std::make_shared<gpu::DeviceWatch>(std::move(watch), base::Logger());
    options.gres_config_file = tree.path("gres.conf");
    tree.write("cgroup/cgroup.controllers", "cpu memory\n");
  }
  ~GpuBench() {
    if (made) made->stop();
  }
  void job(int number, const std::string& environment, const std::string& scope = "slurmstepd.scope") {
    const std::string path = fmt::format("/system.slice/{}/job_{}", scope, number);
    unified(path);
    tree.write("cgroup" + path + "/step_0/cgroup.procs", fmt::format("{}\n", 1000 + number));
    tree.write(fmt::format("proc/{}/environ", 1000 + number),
               fmt::format("SLURM_JOB_ID={}", number) + '\0' + environment);
  }
  void wait_for_devices() {
    ASSERT_TRUE(collect());
    while (options.gpus->view().list == nullptr)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
};

std::string gpu(const std::string& uuid, const std::string& index, const std::string& gpuuuid,
                const std::string& gpuiid = "", const std::string& more = "") {
  return fmt::format(
      R"({{cgrouphostname="",{}gpuiid="{}",gpuuuid="{}",hindex="node1/gpu-{}",hostname="node1",index="{}",manager="slurm",uuid="{}"}})",
      more, gpuiid, gpuuuid, index, index, uuid);
}

TEST(ComputeUnitsWithGpus, TellWhichJobHoldsWhichGpu) {
  GpuBench bench("h200.xml");
  bench.job(7, "SLURM_JOB_GPUS=0");
  bench.job(8, "");
  bench.wait_for_devices();
  const std::string labels = gpu("7", "0", "GPU-3806df80-45e2-88fa-5126-05685a0894da");
  EXPECT_EQ(bench.samples("ceems_compute_unit_gpu"),
            (Lines{"ceems_compute_unit_gpu_index_flag" + labels + " 1",
                   "ceems_compute_unit_gpu_sm_count" + labels + " 132"}));
}

TEST(ComputeUnitsWithGpus, TellThePartsOfDividedGpus) {
  GpuBench bench("mig.xml");
  bench.job(7, "SLURM_JOB_GPUS=4,2,3,1");
  bench.wait_for_devices();
  EXPECT_EQ(
      bench.samples("ceems_compute_unit_gpu_index_flag"),
      (Lines{"ceems_compute_unit_gpu_index_flag" + gpu("7", "3", "GPU-bbbb", "5", R"(gpuciid="1",)") + " 1",
             "ceems_compute_unit_gpu_index_flag" + gpu("7", "4", "GPU-cccc") + " 1",
             "ceems_compute_unit_gpu_index_flag" + gpu("7", "1", "GPU-bbbb", "3") + " 1",
             "ceems_compute_unit_gpu_index_flag" + gpu("7", "2", "GPU-bbbb", "5") + " 1"}));
}

TEST(ComputeUnitsWithGpus, TellSharesAndVirtualNodes) {
  GpuBench bench("h200.xml");
  bench.tree.write("gres.conf", "Name=shard Count=4\n");
  bench.job(7, "SLURM_JOB_GPUS=0\0SLURM_SHARDS_ON_NODE=3"s);
  bench.job(8, "SLURM_JOB_GPUS=0\0SLURM_SHARDS_ON_NODE=1"s, "n2_slurmstepd.scope");
  bench.wait_for_devices();
  const Lines lines = bench.samples("ceems_compute_unit_gpu_index_flag");
  ASSERT_EQ(lines.size(), 2);
  EXPECT_TRUE(lines[0].contains(R"(cgrouphostname="")") && lines[0].ends_with(" 0.75")) << lines[0];
  EXPECT_TRUE(lines[1].contains(R"(cgrouphostname="n2")") && lines[1].ends_with(" 0.25")) << lines[1];
}

TEST(ComputeUnitsWithGpus, GoOnForAJobWhoseCgroupCannotBeRead) {
  GpuBench bench("h200.xml");
  bench.job(7, "SLURM_JOB_GPUS=0");
  bench.wait_for_devices();
  bench.samples();
  bench.tree.write("cgroup/system.slice/slurmstepd.scope/job_7/cpu.stat", "nonsense\n");
  EXPECT_EQ(bench.samples("ceems_compute_unit_collect_error").size(), 1);
  EXPECT_EQ(bench.samples("ceems_compute_unit_gpu_index_flag").size(), 1);
}

TEST(ComputeUnitsWithGpus, EndWithTheJob) {
  GpuBench bench("h200.xml");
  bench.job(7, "SLURM_JOB_GPUS=0");
  bench.wait_for_devices();
  EXPECT_EQ(bench.samples("ceems_compute_unit_gpu_index_flag").size(), 1);
  bench.tree.remove("proc/1007");
  EXPECT_EQ(bench.samples("ceems_compute_unit_gpu_index_flag").size(), 0);
  bench.tree.remove("cgroup/system.slice/slurmstepd.scope/job_7");
  EXPECT_EQ(bench.samples("ceems_compute_unit_gpu_index_flag").size(), 0);
}

TEST(ComputeUnitsWithGpus, TellWhatTheyAreKnownFrom) {
  GpuBench bench("h200.xml");
  bench.node.comparable_output = false;
  bench.job(7, "SLURM_JOB_GPUS=0");
  bench.job(8, "");
  bench.wait_for_devices();
  EXPECT_EQ(bench.samples("ceems_exporter_gpu"),
            (Lines{
                R"(ceems_exporter_gpu_devices{source="tool",vendor="nvidia"} 1)",
                R"(ceems_exporter_gpu_list_failed{vendor="nvidia"} 0)",
                "ceems_exporter_gpu_listings_total 1",
                R"(ceems_exporter_gpu_units{known_from="cgroup"} 0)",
                R"(ceems_exporter_gpu_units{known_from="environment"} 1)",
                R"(ceems_exporter_gpu_units{known_from="manager"} 0)",
                R"(ceems_exporter_gpu_units{known_from="nothing"} 1)",
                "ceems_exporter_gpu_unit_looks_total 2",
            }));
}

// How often memory is asked for in one look at so many jobs, every other one with a GPU, once all is known of
// them.
std::uint64_t allocations_of_a_look(int jobs, bool with_gpus) {
  GpuBench bench("mig.xml");
  for (int i = 1; i <= jobs; ++i)
    bench.job(i, i % 2 == 0 ? "SLURM_JOB_GPUS=0" : "");
  if (with_gpus) {
    bench.wait_for_devices();
  } else {
    bench.options.gpus.reset();
  }
  for (int i = 0; i < 10; ++i)
    bench.samples();
  // None are counted in builds with a sanitizer.
  const auto before = base::allocation_count().value_or(0);
  EXPECT_TRUE(bench.collect());
  return base::allocation_count().value_or(0) - before;
}

TEST(ComputeUnitsWithGpus, AskForNoMoreMemoryWhenThereAreMoreJobs) {
  const std::uint64_t few = allocations_of_a_look(10, true) - allocations_of_a_look(10, false);
  EXPECT_EQ(allocations_of_a_look(100, true) - allocations_of_a_look(100, false), few);
}

TEST(ComputeUnitsWithGpus, NeedNothingOnANodeWithoutGpus) {
  GpuBench bench("empty.xml");
  bench.job(7, "SLURM_JOB_GPUS=0");
  bench.wait_for_devices();
  EXPECT_EQ(bench.samples("ceems_compute_unit_gpu").size(), 0);
  EXPECT_EQ(bench.samples("ceems_compute_unit_cpus").size(), 1);
}

}  // namespace
}  // namespace ceems::collector
