#include "unit/gpu_allocations.h"

#include "base/text.h"
#include "cgroup/test_tree.h"
#include "unit/slurm_manager.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::unit {
namespace {

using namespace std::string_literals;

// A node with four GPUs of NVIDIA, and jobs under cgroup v1 whose processes are ordinary files.
struct Node {
  Node() {
    tree.make("cgroup/cpuacct/slurm");
    tree.write("proc/devices", "Character devices:\n195 nvidia\n241 nvidia-caps\n\nBlock devices:\n");
    auto four = std::make_shared<gpu::DeviceList>();
    four->devices.resize(4);
    for (std::uint32_t i = 0; i < 4; ++i) {
      four->devices[i].index = fmt::format("{}", i);
      four->devices[i].minor = i;
      four->devices[i].uuid = fmt::format("GPU-{}", i);
    }
    list = four;
  }
  static std::string directory(int job) { return fmt::format("slurm/uid_1000/job_{}", job); }
  // A process in a step of the job; the same step again replaces its processes.
  void process(int job, int pid, const std::string& environment, const std::string& step = "step_0") const {
    tree.write(fmt::format("cgroup/cpuacct/{}/{}/cgroup.procs", directory(job), step),
               fmt::format("{}\n", pid));
    tree.write(fmt::format("proc/{}/environ", pid), environment);
  }
  void job(int job, const std::string& environment) const {
    process(job, 1000 + job, fmt::format("SLURM_JOB_ID={}", job) + '\0' + environment);
  }
  // What the kernel lets it open.
  void devices(const std::string& below, const std::string& text) const {
    tree.write("cgroup/devices/" + below + "/devices.list", text);
  }
  void sync() {
    if (!inventory) {
      Managers managers;
      managers.push_back(std::make_unique<SlurmManager>());
      InventoryOptions options;
      options.cgroupfs = tree.path("cgroup");
      options.procfs = tree.path("proc");
      options.walk_interval = walk_interval;
      inventory = std::make_unique<Inventory>(options, std::move(managers), base::Logger());
      GpuAllocationOptions gpus;
      gpus.cgroupfs = options.cgroupfs;
      gpus.procfs = options.procfs;
      gpus.gres_config_file = tree.path("gres.conf");
      gpus.hostnames = {"n7"};
      gpus.compat = compat;
      allocations = std::make_unique<GpuAllocations>(gpus, base::Logger());
    }
    const bool everything = inventory->sync();
    allocations->sync(*inventory, list, everything);
  }
  // "7:0 7:1*0.5": job and GPU, and the weight where it is not 1.
  std::string holdings() {
    sync();
    std::vector<std::string> texts;
    for (const GpuHolding& one : allocations->holdings()) {
      const std::string& index =
          one.slot.instance != nullptr ? one.slot.instance->index : one.slot.device->index;
      texts.push_back(fmt::format("{}:{}", one.unit->claim.uuid, index));
      if (one.weight != 1) texts.back() += fmt::format("*{}", one.weight);
    }
    std::ranges::sort(texts);
    return base::join(texts, " ");
  }
  GpuAllocationStats stats() const { return allocations->stats(); }

  cgroup::testing::FakeTree tree;
  std::shared_ptr<const gpu::DeviceList> list;
  std::chrono::steady_clock::duration walk_interval = std::chrono::hours(1);
  bool compat = false;
  std::unique_ptr<Inventory> inventory;
  std::unique_ptr<GpuAllocations> allocations;
};

TEST(GpuAllocations, AreWhatAJobsProcessesSay) {
  Node node;
  node.job(7, "SLURM_JOB_GPUS=0,2");
  node.job(8, "SLURM_JOB_GPUS=3");
  node.job(9, "A=b");
  EXPECT_EQ(node.holdings(), "7:0 7:2 8:3");
  EXPECT_EQ(node.stats().by_environment, 2);
  EXPECT_EQ(node.stats().unknown, 1);
}

TEST(GpuAllocations, LastAsLongAsTheJobWhoeverStillRuns) {
  Node node;
  node.job(7, "SLURM_JOB_GPUS=1");
  EXPECT_EQ(node.holdings(), "7:1");
  // The process that said so has gone; another one says nothing.
  node.tree.remove("proc/1007");
  node.process(7, 1500, "SLURM_JOB_ID=7");
  EXPECT_EQ(node.holdings(), "7:1");
  node.tree.remove("cgroup/cpuacct/" + Node::directory(7));
  EXPECT_EQ(node.holdings(), "");
}

TEST(GpuAllocations, AreFoundOnceAndNotAskedForAgain) {
  Node node;
  node.job(7, "SLURM_JOB_GPUS=1");
  node.job(8, "");
  node.sync();
  const std::uint64_t looks = node.stats().looks;
  const std::uint64_t generation = node.allocations->generation();
  EXPECT_EQ(looks, 2);
  for (int i = 0; i < 100; ++i)
    node.sync();
  EXPECT_EQ(node.stats().looks, looks);
  EXPECT_EQ(node.allocations->generation(), generation);
}

TEST(GpuAllocations, AreAskedForLessAndLessOftenWhereThereAreNone) {
  Node node;
  node.walk_interval = std::chrono::hours(0);
  node.job(8, "");
  for (int i = 0; i < 1000; ++i)
    node.sync();
  EXPECT_GT(node.stats().looks, 5);
  EXPECT_LT(node.stats().looks, 40);
}

TEST(GpuAllocations, AreLookedForAgainWhenAStepComes) {
  Node node;
  node.job(7, "");
  EXPECT_EQ(node.holdings(), "");
  for (int i = 0; i < 20; ++i)
    node.sync();
  node.process(7, 1501, "SLURM_JOB_ID=7\0SLURM_JOB_GPUS=2"s, "step_1");
  EXPECT_EQ(node.holdings(), "7:2");
}

TEST(GpuAllocations, AreThoseOfAllStepsWhereNothingSpeaksForTheJob) {
  Node node;
  node.process(7, 101, "SLURM_JOB_ID=7\0SLURM_STEP_GPUS=2"s, "step_0");
  EXPECT_EQ(node.holdings(), "7:2");
  node.process(7, 102, "SLURM_JOB_ID=7\0SLURM_STEP_GPUS=0"s, "step_1");
  EXPECT_EQ(node.holdings(), "7:0 7:2");
  node.process(7, 103, "SLURM_JOB_ID=7\0SLURM_JOB_GPUS=1"s, "step_2");
  EXPECT_EQ(node.holdings(), "7:1");
}

TEST(GpuAllocations, AreWaitedForAsLongAsNoProcessHasTheJobsEnvironment) {
  Node node;
  node.process(7, 101, "PATH=/bin");
  EXPECT_EQ(node.holdings(), "");
  node.process(7, 101, "SLURM_JOB_ID=7\0SLURM_JOB_GPUS=1"s);
  EXPECT_EQ(node.holdings(), "7:1");
}

TEST(GpuAllocations, AreNotGivenToWhoOnlyClaimsThem) {
  Node node;
  node.job(7, "SLURM_JOB_GPUS=9,77,-1");
  node.job(8, "SLURM_JOB_GPUS");
  node.process(9, 1009, "SLURM_JOB_ID=7\0SLURM_JOB_GPUS=0"s);
  node.process(10, 1010, "SLURM_JOB_ID=10\0"s + std::string(5 << 20, 'x') + "\0SLURM_JOB_GPUS=1"s);
  EXPECT_EQ(node.holdings(), "");
}

TEST(GpuAllocations, AreWhatTheKernelPermitsWhateverProcessesSay) {
  Node node;
  node.devices("slurm/uid_1000", "c 195:* rwm\n");
  node.devices(Node::directory(7), "c 1:3 rwm\nc 195:1 rwm\nc 195:2 rwm\n");
  node.job(7, "SLURM_JOB_GPUS=0");
  // Everything that its surroundings may: then it is as it says, but not beyond that.
  node.devices(Node::directory(8), "c 195:* rwm\n");
  node.job(8, "SLURM_JOB_GPUS=3,2");
  node.devices(Node::directory(9), "c 1:3 rwm\n");
  node.job(9, "SLURM_JOB_GPUS=0");
  EXPECT_EQ(node.holdings(), "7:1 7:2 8:3");
  EXPECT_EQ(node.stats().by_cgroup, 2);
}

TEST(GpuAllocations, AreAskedOfProcessesWhereTheKernelForbidsNothing) {
  Node node;
  node.devices(Node::directory(7), "a *:* rwm\n");
  node.job(7, "SLURM_JOB_GPUS=0");
  EXPECT_EQ(node.holdings(), "7:0");
}

TEST(GpuAllocations, OfTwoJobsThatSayTheSameAreHalved) {
  Node node;
  node.job(7, "SLURM_JOB_GPUS=0");
  node.job(8, "SLURM_JOB_GPUS=0,1");
  EXPECT_EQ(node.holdings(), "7:0*0.5 8:0*0.5 8:1");
  node.tree.remove("cgroup/cpuacct/" + Node::directory(7));
  EXPECT_EQ(node.holdings(), "8:0 8:1");
}

TEST(GpuAllocations, OfSharedGpusAreWeighedByTheirShares) {
  Node node;
  node.tree.write("gres.conf", "NodeName=n[1-9] Name=shard Count=8 File=/dev/nvidia0\n");
  node.job(7, "SLURM_JOB_GPUS=0\0SLURM_SHARDS_ON_NODE=6"s);
  node.job(8, "SLURM_JOB_GPUS=0\0SLURM_SHARDS_ON_NODE=2"s);
  node.job(9, "SLURM_JOB_GPUS=1"s);
  EXPECT_EQ(node.holdings(), "7:0*0.75 8:0*0.25 9:1");
}

TEST(GpuAllocations, OfGpusUnderMpsAreWeighedByTheirPercentage) {
  Node node;
  node.tree.write("gres.conf", "Name=mps Count=400\n");
  node.job(7, "SLURM_JOB_GPUS=2\0CUDA_MPS_ACTIVE_THREAD_PERCENTAGE=50"s);
  node.job(8, "SLURM_JOB_GPUS=2\0CUDA_MPS_ACTIVE_THREAD_PERCENTAGE=30"s);
  EXPECT_EQ(node.holdings(), "7:2*0.625 8:2*0.375");
}

TEST(GpuAllocations, KeepOldWeightsIfAsked) {
  Node node;
  node.compat = true;
  node.job(7, "SLURM_JOB_GPUS=0");
  node.job(8, "SLURM_JOB_GPUS=0");
  EXPECT_EQ(node.holdings(), "7:0 8:0");
}

TEST(GpuAllocations, FollowGresConf) {
  Node node;
  node.walk_interval = std::chrono::hours(0);
  node.job(7, "SLURM_JOB_GPUS=0\0SLURM_SHARDS_ON_NODE=6"s);
  node.job(8, "SLURM_JOB_GPUS=0\0SLURM_SHARDS_ON_NODE=2"s);
  EXPECT_EQ(node.holdings(), "7:0*0.5 8:0*0.5");
  node.tree.write("gres.conf", "Name=shard Count=8\nName=shard Count=8 File=/dev/nvidia0\n");
  EXPECT_EQ(node.holdings(), "7:0*0.75 8:0*0.25");
}

TEST(GpuAllocations, FollowTheDevices) {
  Node node;
  node.job(7, "SLURM_JOB_GPUS=0,4");
  const auto four = std::exchange(node.list, nullptr);
  EXPECT_EQ(node.holdings(), "");
  node.list = four;
  EXPECT_EQ(node.holdings(), "7:0");
  auto five = std::make_shared<gpu::DeviceList>(*four);
  five->devices.push_back(five->devices.back());
  five->devices.back().index = "4";
  node.list = five;
  EXPECT_EQ(node.holdings(), "7:0 7:4");
  node.list = std::make_shared<gpu::DeviceList>();
  EXPECT_EQ(node.holdings(), "");
}

TEST(GpuAllocations, OfMigAreInstances) {
  Node node;
  auto mig = std::make_shared<gpu::DeviceList>(*node.list);
  gpu::Device& divided = mig->devices[3];
  divided.divided = true;
  divided.index = "";
  for (const std::uint32_t number : {0U, 1U}) {
    gpu::Instance instance;
    instance.index = fmt::format("{}", 3 + number);
    instance.gpu_instance_id = 5 + number;
    instance.uuid = fmt::format("MIG-{}", number);
    divided.instances.push_back(instance);
  }
  node.list = mig;
  node.tree.write("proc/driver/nvidia-caps/mig-minors",
                  "gpu3/gi5/access 50\ngpu3/gi5/ci0/access 51\ngpu3/gi6/access 60\ngpu3/gi6/ci0/access 61\n");
  node.job(7, "SLURM_JOB_GPUS=4");
  node.job(8, "CUDA_VISIBLE_DEVICES=MIG-0");
  node.job(9, "SLURM_JOB_GPUS=\0SLURM_STEP_GPUS="s);
  EXPECT_EQ(node.holdings(), "7:4 8:3");
  // With what the kernel permits instead.
  Node strict;
  strict.list = mig;
  strict.tree.write(
      "proc/driver/nvidia-caps/mig-minors",
      "gpu3/gi5/access 50\ngpu3/gi5/ci0/access 51\ngpu3/gi6/access 60\ngpu3/gi6/ci0/access 61\n");
  strict.devices(Node::directory(7), "c 195:3 rwm\nc 241:60 r\nc 241:60 rw\nc 241:61 rw\nc 241:50 rw\n");
  strict.job(7, "SLURM_JOB_GPUS=3");
  EXPECT_EQ(strict.holdings(), "7:4");
}

}  // namespace
}  // namespace ceems::unit
