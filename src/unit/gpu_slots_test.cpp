#include "unit/gpu_slots.h"

#include "unit/device_permissions.h"
#include "unit/environment.h"
#include "unit/slurm_gpus.h"

#include <string>

#include <gtest/gtest.h>

namespace ceems::unit {
namespace {

using namespace std::string_literals;
using Numbers = std::vector<std::size_t>;

// A whole GPU, one in three parts (GPU instances 3.0, 5.0, 5.1), and one of AMD.
std::vector<gpu::Device> devices() {
  std::vector<gpu::Device> devices(3);
  devices[0].uuid = "GPU-aaaa";
  devices[0].index = "0";
  devices[0].minor = 1;
  devices[1].uuid = "GPU-bbbb";
  devices[1].minor = 0;
  devices[1].divided = true;
  for (const auto& [index, gpu, compute] : {std::tuple("1", 3U, 0U), {"2", 5, 0}, {"3", 5, 1}}) {
    gpu::Instance instance;
    instance.index = index;
    instance.gpu_instance_id = gpu;
    instance.compute_instance_id = compute;
    instance.uuid = "MIG-"s + index;
    devices[1].instances.push_back(instance);
  }
  devices[2].vendor = gpu::Vendor::kAmd;
  devices[2].index = "4";
  devices[2].render_minor = 128;
  return devices;
}

const std::vector<MigCapability> kMig{
    {20, 0, 3, std::nullopt}, {21, 0, 3, 0}, {28, 0, 5, std::nullopt}, {29, 0, 5, 0}, {30, 0, 5, 1}};

TEST(GpuSlots, AreWholeDevicesAndPartsOfDividedOnes) {
  const auto all = devices();
  const auto slots = gpu_slots(all);
  ASSERT_EQ(slots.size(), 5);
  EXPECT_EQ(slots[0].instance, nullptr);
  EXPECT_EQ(slots[1].instance, &all[1].instances[0]);
}

TEST(GpuSlots, AreNamedByIndexAndUuid) {
  const auto all = devices();
  const auto slots = gpu_slots(all);
  const auto named = [&](std::vector<std::string> indices, std::vector<std::string> uuids) {
    GpuClaim claim;
    claim.indices = std::move(indices);
    claim.uuids = std::move(uuids);
    return slots_of_claim(claim, slots);
  };
  EXPECT_EQ(named({"3", "0"}, {}), (Numbers{0, 3}));
  EXPECT_EQ(named({}, {"mig-2", "GPU-AAAA"}), (Numbers{0, 2}));
  EXPECT_EQ(named({}, {"MIG-GPU-bbbb/5/1"}), (Numbers{3}));
  // No such GPU, the divided one as a whole, and its index, which is empty.
  EXPECT_EQ(named({"9", "", "00"}, {"GPU-bbbb", "GPU-zzzz", ""}), Numbers{});
}

TEST(GpuShares, AreThoseOfGresConf) {
  const auto all = devices();
  const auto slots = gpu_slots(all);
  const auto available = [&](const std::string& text, bool compat = false) {
    return available_shares(parse_gres_conf(text, {.hostnames = {}, .include = {}, .compat = compat}), kMig,
                            slots, compat);
  };
  using Shares = std::vector<std::uint64_t>;
  EXPECT_EQ(available(""), (Shares{0, 0, 0, 0, 0}));
  EXPECT_EQ(available("Name=shard Count=8 File=/dev/nvidia1"), (Shares{8, 0, 0, 0, 0}));
  EXPECT_EQ(available("Name=shard Count=8 File=/dev/nvidia0,/dev/nvidia-caps/nvidia-cap[28,30]"),
            (Shares{0, 0, 0, 8, 0}));
  EXPECT_EQ(available("Name=shard Count=8 File=/dev/nvidia0,/dev/nvidia-caps/nvidia-cap28"),
            (Shares{0, 0, 8, 8, 0}));
  EXPECT_EQ(available("Name=mps Count=100 File=/dev/dri/renderD128"), (Shares{0, 0, 0, 0, 100}));
  EXPECT_EQ(available("Name=mps Count=500"), (Shares{100, 100, 100, 100, 100}));
  EXPECT_EQ(available("Name=mps Count=500", true), (Shares{500, 500, 500, 500, 500}));
  EXPECT_EQ(available("Name=mps Count=2"), (Shares{1, 1, 1, 1, 1}));
}

std::string shared(const std::vector<GpuRequest>& requests, const std::vector<std::uint64_t>& available,
                   bool compat = false) {
  std::string text;
  for (const GpuShare& one : share_out(requests, available, compat))
    text += fmt::format("{}@{}={} ", one.request, one.slot, one.weight);
  return text;
}

TEST(GpuShares, AddUpToOneOnEachSharedGpu) {
  EXPECT_EQ(shared({{{0}, 1}, {{0}, 3}}, {8}), "0@0=0.25 1@0=0.75 ");
  EXPECT_EQ(shared({{{0}, 0}}, {8}), "0@0=1 ");
  EXPECT_EQ(shared({{{0}, 0}, {{1}, 0}}, {0, 0}), "0@0=1 1@1=1 ");
  // Who has fewer GPUs comes first; the other one's shares go where there is room.
  EXPECT_EQ(shared({{{0, 1}, 4}, {{0}, 2}}, {4, 4}), "1@0=0.5 0@0=0.5 0@1=1 ");
  // More than there is, and shares that nobody has said.
  EXPECT_EQ(shared({{{0}, 100}, {{0}, 5}}, {8}), "0@0=1 1@0=0 ");
  EXPECT_EQ(shared({{{0}, 4}, {{0}, 0}}, {8}), "0@0=1 1@0=0 ");
  EXPECT_EQ(shared({{{0}, 0}, {{0}, 0}}, {0}), "0@0=0.5 1@0=0.5 ");
}

TEST(GpuShares, KeepOldWeightsIfAsked) {
  EXPECT_EQ(shared({{{0}, 4}, {{0}, 0}}, {8}, true), "0@0=1 1@0=1 ");
  EXPECT_EQ(shared({{{0}, 0}, {{0}, 0}}, {0}, true), "0@0=1 1@0=1 ");
  EXPECT_EQ(shared({{{0}, 1}, {{0}, 3}}, {8}, true), "0@0=0.25 1@0=0.75 ");
}

TEST(SlurmGpus, AreReadFromTheEnvironment) {
  const auto said = slurm_gpu_claim(
      "7", "A=b\0SLURM_JOB_ID=7\0SLURM_JOB_GPUS=0, 2,2\0SLURM_STEP_GPUS=3\0CUDA_VISIBLE_DEVICES=0,1\0"s);
  ASSERT_TRUE(said);
  EXPECT_EQ(said->indices, (std::vector<std::string>{"0", "2"}));
  EXPECT_TRUE(said->is_whole);
  EXPECT_TRUE(said->uuids.empty());
  const auto step = slurm_gpu_claim(
      "7",
      "SLURM_JOB_ID=7\0SLURM_JOB_GPUS=\0SLURM_STEP_GPUS=3\0SLURM_SHARDS_ON_NODE=4\0CUDA_MPS_ACTIVE_THREAD_PERCENTAGE=12.5"s);
  EXPECT_EQ(step->indices, (std::vector<std::string>{"3"}));
  EXPECT_FALSE(step->is_whole);
  EXPECT_EQ(step->shards, 4);
  EXPECT_EQ(step->mps_percent, 12);
  const auto uuids = slurm_gpu_claim("7", "SLURM_JOB_ID=7\0CUDA_VISIBLE_DEVICES=MIG-1,GPU-aaaa,2"s);
  EXPECT_EQ(uuids->uuids, (std::vector<std::string>{"MIG-1", "GPU-aaaa"}));
  EXPECT_TRUE(slurm_gpu_claim("7", "SLURM_JOB_ID=7"s));
  EXPECT_FALSE(slurm_gpu_claim("7", "SLURM_JOB_ID=7"s)->names_gpus());
}

TEST(SlurmGpus, AreNotBelievedFromWhatUsersWrite) {
  // Another job's id, none, one that only looks like it; then names that only contain the right one, without
  // "=", and nonsense for numbers.
  EXPECT_FALSE(slurm_gpu_claim("7", "SLURM_JOB_ID=8\0SLURM_JOB_GPUS=0"s));
  EXPECT_FALSE(slurm_gpu_claim("7", "SLURM_JOB_GPUS=0"s));
  EXPECT_FALSE(slurm_gpu_claim("7", "X=SLURM_JOB_ID=7\0SLURM_JOB_ID=77\0SLURM_JOB_GPUS=0"s));
  EXPECT_FALSE(slurm_gpu_claim("", "SLURM_JOB_ID=\0SLURM_JOB_GPUS=0"s));
  EXPECT_FALSE(slurm_gpu_claim("7", "SLURM_JOB_ID=8\0SLURM_JOB_ID=7\0"s));
  for (const std::string& text :
       {"SLURM_JOB_GPUS"s, "MY_SLURM_JOB_GPUS=0"s, "SLURM_JOB_GPUS_X=0"s, "X=SLURM_JOB_GPUS=0"s,
        "SLURM_JOB_GPUS="s, "SLURM_JOB_GPUS=,,a,-1, ,99999999999999999999999"s, "=SLURM_JOB_GPUS"s,
        "\0\0\0="s}) {
    const auto said = slurm_gpu_claim("7", "SLURM_JOB_ID=7\0"s + text);
    ASSERT_TRUE(said) << text;
    EXPECT_FALSE(said->names_gpus()) << text;
  }
  std::string many = "SLURM_JOB_ID=7\0SLURM_JOB_GPUS="s;
  for (int i = 0; i < 100'000; ++i)
    many += fmt::format("{},", i);
  EXPECT_LE(slurm_gpu_claim("7", many)->indices.size(), 256);
}

TEST(DevicePermissions, TellWhatMayBeOpened) {
  const auto read =
      DevicePermissions::parse("c 1:3 rwm\nc 195:0 rw\nc 195:7 r\nb 195:5 rwm\nc 241:* rwm\nc *:255 rwm\n");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->allows(195, 0), true);
  EXPECT_EQ(read->allows(195, 1), false);
  EXPECT_EQ(read->allows(195, 7), false);
  EXPECT_EQ(read->allows(195, 5), false);
  EXPECT_EQ(read->allows(241, 9), true);
  EXPECT_EQ(read->allows(195, 255), true);
  EXPECT_TRUE(DevicePermissions::parse(""));
  for (const char* text : {"a *:* rwm\n", "c 195 rwm\n", "c x:1 rwm\n", "c 1:3\n", "c 99999999999:1 rwm\n"})
    EXPECT_FALSE(DevicePermissions::parse(text)) << text;
}

TEST(DevicePermissions, TellWhichGpusAUnitMayUse) {
  const auto all = devices();
  const auto slots = gpu_slots(all);
  const GpuMajors majors = parse_gpu_majors(
      "Character devices:\n  1 mem\n195 nvidia-frontend\n241 nvidia-caps\n226 drm\n\nBlock devices:\n195 "
      "nvidia\n");
  EXPECT_EQ(majors.nvidia_caps, 241);
  const auto permitted = [&](const std::string& text) {
    return permitted_slots(*DevicePermissions::parse(text), majors, kMig, slots);
  };
  using Answers = std::vector<bool>;
  EXPECT_EQ(permitted("c 1:3 rwm"), (Answers{false, false, false, false, false}));
  EXPECT_EQ(permitted("c 195:1 rwm"), (Answers{true, false, false, false, false}));
  EXPECT_EQ(permitted("c 195:0 rwm\nc 241:28 rw\nc 241:30 rw"), (Answers{false, false, false, true, false}));
  EXPECT_EQ(permitted("c 241:* rw\nc 226:128 rw"), (Answers{false, false, false, false, true}));
  EXPECT_EQ(permitted_slots(*DevicePermissions::parse("c 195:0 rw"), majors, {}, slots), std::nullopt);
}

TEST(Environment, IsReadUpToItsBound) {
  EXPECT_EQ(variable("A=1\0B\0=C\0AB=2\0A=3"s, "A"), "1");
  EXPECT_EQ(variable("A=1\0B\0=C\0AB=2"s, "B"), std::nullopt);
  EXPECT_EQ(variable("A=x=y"s, "A"), "x=y");
  EXPECT_EQ(variable(""s, "A"), std::nullopt);
}

}  // namespace
}  // namespace ceems::unit
