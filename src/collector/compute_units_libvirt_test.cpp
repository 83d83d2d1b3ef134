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

constexpr const char* kGpu =
    "<hostdev type='pci'><source><address domain='0' bus='17' slot='0' function='0'/></source></hostdev>";

// A host of VMs, whose nvidia-smi is a script.
struct VmBench : Bench {
  VmBench() {
    options.use_libvirt = true;
    options.use_generic = false;
    options.libvirt_directory = tree.path("xml");
    tree.write("nvidia-smi",
               "#!/bin/sh\ncat " + base::join_path(CEEMS_SOURCE_DIR, "tests/data/gpu/smi/mig.xml") + "\n");
    ::chmod(tree.path("nvidia-smi").c_str(), 0755);
    gpu::DeviceWatchOptions watch;
    watch.detect.sysfs = node.sysfs;
    watch.detect.vendors = {gpu::Vendor::kNvidia};
    watch.detect.nvidia_smi = tree.path("nvidia-smi");
    watch.procfs = node.procfs;
    options.gpus = std::make_shared<gpu::DeviceWatch>(std::move(watch), base::Logger());
  }
  ~VmBench() {
    if (made) made->stop();
  }
  void vm(int number, const std::string& devices = "") const {
    const std::string path =
        fmt::format(R"(/machine.slice/machine-qemu\x2d{0}\x2dtest\x2d{0}.scope)", number);
    unified(path);
    for (int i = 0; i < 2; ++i)
      tree.write(fmt::format("cgroup{}/libvirt/vcpu{}/cgroup.procs", path, i), "");
    tree.write(fmt::format("xml/test-{}.xml", number),
               fmt::format("<domain><uuid>u-{}</uuid><devices>{}</devices></domain>", number, devices));
  }
  void wait_for_devices() {
    ASSERT_TRUE(collect());
    while (options.gpus->view().list == nullptr)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
};

TEST(ComputeUnitsOfLibvirt, HaveTheirUuidsAndVirtualCpus) {
  VmBench bench;
  bench.vm(1, kGpu);
  bench.vm(2);
  bench.wait_for_devices();
  EXPECT_EQ(bench.samples("ceems_compute_unit_cpus{"),
            (Lines{"ceems_compute_unit_cpus" + unit("u-1", "libvirt") + " 2",
                   "ceems_compute_unit_cpus" + unit("u-2", "libvirt") + " 2"}));
  EXPECT_EQ(
      bench.samples("ceems_compute_unit_gpu_index_flag{"),
      Lines{
          R"(ceems_compute_unit_gpu_index_flag{cgrouphostname="",gpuiid="",gpuuuid="GPU-aaaa",hindex="node1/gpu-0",hostname="node1",index="0",manager="libvirt",uuid="u-1"} 1)"});
}

TEST(ComputeUnitsOfLibvirt, NeedToReadTheFilesOfRoot) {
  VmBench bench;
  const auto needs = bench.collector().needs();
  ASSERT_EQ(needs.size(), 1);
  EXPECT_EQ(needs[0].feature, "libvirt");
  EXPECT_EQ(needs[0].capabilities, std::vector<std::string_view>{"CAP_DAC_READ_SEARCH"});
}

// How often memory is asked for in one look at so many VMs, once all is known of them.
std::uint64_t allocations_of_a_look(int vms) {
  VmBench bench;
  for (int i = 1; i <= vms; ++i)
    bench.vm(i, kGpu);
  bench.wait_for_devices();
  for (int i = 0; i < 10; ++i)
    bench.samples();
  // None are counted in builds with a sanitizer.
  const auto before = base::allocation_count().value_or(0);
  EXPECT_TRUE(bench.collect());
  return base::allocation_count().value_or(0) - before;
}

TEST(ComputeUnitsOfLibvirt, AskForNoMoreMemoryWhenThereAreMoreOfThem) {
  EXPECT_EQ(allocations_of_a_look(100), allocations_of_a_look(10));
}

}  // namespace
}  // namespace ceems::collector
