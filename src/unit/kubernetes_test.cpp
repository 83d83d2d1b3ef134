#include "base/text.h"
#include "unit/kubernetes_devices.h"
#include "unit/kubernetes_manager.h"
#include "unit/pod_cpus.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::unit {
namespace {

constexpr std::string_view kUid = "1b4e28ba-2fa1-11d2-883f-0016d3cca427";
constexpr std::string_view kSlice = "pod1b4e28ba_2fa1_11d2_883f_0016d3cca427.slice";

std::string uuid_of(const std::string& path) {
  const auto claim = KubernetesManager(nullptr).claim(path);
  return claim ? claim->uuid : "";
}

TEST(KubernetesManager, ClaimsPodsOfBothDrivers) {
  const std::string uid(kUid);
  const std::string slice(kSlice);
  const std::vector<std::string> pods = {
      "/kubepods/pod" + uid,
      "/kubepods/burstable/pod" + uid,
      "/kubepods/besteffort/pod" + base::to_lower(uid),
      "/kubepods.slice/kubepods-" + slice,
      "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-" + slice,
      "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-" + slice,
      // kind, k3d: a cluster in containers
      "/system.slice/docker-0123.scope/kubelet/kubepods/burstable/pod" + uid,
      "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/kubelet-kubepods-burstable-" +
          slice,
  };
  for (const std::string& path : pods)
    EXPECT_EQ(uuid_of(path), kUid) << path;
  // A static pod.
  EXPECT_EQ(uuid_of("/kubepods/burstable/pod0123456789abcdef0123456789ABCDEF"),
            "0123456789abcdef0123456789abcdef");
}

TEST(KubernetesManager, ClaimsNothingElse) {
  const std::string uid(kUid);
  const std::string slice(kSlice);
  const std::vector<std::string> others = {
      "/",
      "/kubepods",
      "/kubepods.slice/kubepods-burstable.slice",
      "/kubepods/burstable",
      "/kubepods/pod" + uid + "/5c1f0a",
      "/kubepods.slice/kubepods-" + slice + "/cri-containerd-5c1f.scope",
      "/kubepods.slice/kubepods-" + slice + "/crio-5c1f.scope",
      "/pod" + uid,
      "/mykubepods/pod" + uid,
      "/kubepods/other/pod" + uid,
      "/mykubepods-" + slice,
      "/kubepods/pod" + uid + "x",
      "/kubepods/pod1b4e28ba+2fa1+11d2+883f+0016d3cca427",
      "/kubepods-podxyz.slice",
      "/machine.slice/libpod-" + uid + ".scope",
      "/user.slice/user-1000.slice/kubepods/pod" + uid,
  };
  for (const std::string& path : others)
    EXPECT_EQ(uuid_of(path), "") << path;
}

std::vector<gpu::Device> nvidia_gpus() {
  std::vector<gpu::Device> gpus(3);
  for (std::uint32_t i = 0; i < 3; ++i) {
    gpus[i].number = i;
    gpus[i].minor = 2 - i;  // not the order of numbers
    gpus[i].uuid = fmt::format("GPU-0000000{}-aaaa", i);
    gpus[i].address = gpu::PciAddress{.domain = 0, .bus = 0x10 + i, .device = 0, .function = 0};
  }
  gpus[2].divided = true;
  gpus[2].instances.resize(2);
  for (std::uint32_t i = 0; i < 2; ++i) {
    gpus[2].instances[i].number = i;
    gpus[2].instances[i].uuid = fmt::format("MIG-1111111{}-bbbb", i);
  }
  return gpus;
}

std::string found(const std::vector<gpu::Device>& gpus, const std::string& kind,
                  std::vector<std::string> names) {
  return base::join(gpus_of_pod_device({.kind = kind, .names = std::move(names)}, gpus), " ");
}

TEST(KubernetesDevices, AreFoundByTheirNames) {
  const auto gpus = nvidia_gpus();
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"GPU-00000001-aaaa"}, "GPU-00000001-aaaa"},
      {{"gpu-00000001-AAAA::7"}, "GPU-00000001-aaaa"},
      {{"MIG-11111111-bbbb::0"}, "MIG-11111111-bbbb"},
      {{"0"}, "GPU-00000000-aaaa"},
      {{"2"}, ""},  // divided
      {{"2:1"}, "MIG-11111111-bbbb"},
      {{"0000:11:00.0"}, "GPU-00000001-aaaa"},
      {{"9"}, ""},
      {{""}, ""},
      {{"GPU-00000009-aaaa"}, ""},
      {{"k8s.gpu.nvidia.com/device=3f-gpu-GPU-00000000-aaaa", "gpu-1"}, "GPU-00000000-aaaa"},
      {{"k8s.gpu.nvidia.com/claim=3f-gpu-1", "gpu-1"}, "GPU-00000001-aaaa"},
      {{"nvidia.com/gpu=all-of-them", "gpu-2"}, "GPU-00000000-aaaa"},
      {{"nvidia.com/gpu=0", "nvidia.com/gpu=1", "pair"}, "GPU-00000000-aaaa GPU-00000001-aaaa"},
      {{"nvidia.com/gpu=2:0", "x"}, "MIG-11111110-bbbb"},
      {{"nvidia.com/gpu=99999999999999999999", "gpu-99999999999999999999"}, ""},
  };
  for (const auto& [names, expected] : cases)
    EXPECT_EQ(found(gpus, "gpu.nvidia.com", names), expected) << base::join(names, " ");
}

TEST(KubernetesDevices, WithNumbersAreGpusOnlyWhereAMakerOfGpusSaysSo) {
  const auto gpus = nvidia_gpus();
  EXPECT_EQ(found(gpus, "rdma/hca", {"0"}), "");
  EXPECT_EQ(found(gpus, "mynvidia.com/gpu", {"0"}), "");
  EXPECT_EQ(found(gpus, "amd.com/gpu", {"0"}), "");
  EXPECT_EQ(found(gpus, "example.org/big-gpu", {"GPU-00000000-aaaa"}), "GPU-00000000-aaaa");
  EXPECT_EQ(found(gpus, "example.org/nic", {"0000:99:00.0"}), "");
}

TEST(KubernetesDevices, OfAmdAreFoundByTheirNames) {
  std::vector<gpu::Device> gpus(2);
  for (gpu::Device& one : gpus)
    one.vendor = gpu::Vendor::kAmd;
  gpus[0].uuid = "SERIAL0";
  gpus[0].kubernetes_id = "0000:c1:00.0";
  gpus[0].render_minor = 128;
  gpus[1].uuid = "SERIAL1";
  gpus[1].number = 1;
  gpus[1].divided = true;
  gpus[1].kubernetes_id = "0000:c2:00.0";
  gpus[1].instances.resize(2);
  gpus[1].instances[0].uuid = "0000:c2:00.0";
  gpus[1].instances[0].render_minor = 136;
  gpus[1].instances[1].uuid = "amdgpu_xcp_1";
  gpus[1].instances[1].render_minor = 137;
  EXPECT_EQ(found(gpus, "amd.com/gpu", {"0000:C1:00.0"}), "SERIAL0");
  // The first partition goes by the name of the whole, which nobody can have.
  EXPECT_EQ(found(gpus, "amd.com/gpu", {"0000:c2:00.0"}), "0000:c2:00.0");
  EXPECT_EQ(found(gpus, "amd.com/gpu", {"amdgpu_xcp_1"}), "amdgpu_xcp_1");
  EXPECT_EQ(found(gpus, "gpu.amd.com", {"amd.com/gpu=0", "gpu-7-137"}), "SERIAL0");
  EXPECT_EQ(found(gpus, "gpu.amd.com", {"gpu-7-137"}), "amdgpu_xcp_1");
  EXPECT_EQ(found(gpus, "gpu.amd.com", {"k8s/claim=renderD128", "x"}), "SERIAL0");
  EXPECT_EQ(found(gpus, "amd.com/gpu", {"1"}), "");
}

TEST(PodCpus, AreTheRoundestNumberOfThatWeight) {
  for (const std::uint64_t millis :
       {100U, 250U, 500U, 1000U, 1500U, 2000U, 4000U, 8000U, 64'000U, 128'000U}) {
    const std::uint64_t shares = millis * 1024 / 1000;
    EXPECT_EQ(pod_millis_of_shares(shares), millis);
    for (const WeightRule rule : {WeightRule::kLinear, WeightRule::kQuadratic})
      EXPECT_EQ(pod_millis_of_weight(weight_of_shares(shares, rule), rule), millis);
  }
  EXPECT_EQ(weight_of_shares(1024, WeightRule::kLinear), 39);
  EXPECT_EQ(weight_of_shares(1024, WeightRule::kQuadratic), 100);
}

TEST(PodCpus, AreNextToNoneOfAPodThatAskedForNothing) {
  EXPECT_EQ(pod_millis_of_shares(2), 1);
  EXPECT_EQ(pod_millis_of_shares(0), 1);
  EXPECT_EQ(pod_millis_of_weight(1, WeightRule::kLinear), 1);
  EXPECT_EQ(pod_millis_of_weight(1, WeightRule::kQuadratic), 1);
  EXPECT_EQ(pod_millis_of_weight(999'999, WeightRule::kLinear), 256'000);
}

TEST(PodCpus, AreNotRoundedForOldDashboards) {
  EXPECT_EQ(pod_millis_of_weight_compat(39), 974);
  EXPECT_EQ(pod_millis_of_weight_compat(1), 1);
  EXPECT_EQ(pod_millis_of_weight_compat(0), 0);
  EXPECT_EQ(pod_millis_of_shares_compat(102), 99);
}

TEST(PodCpus, KnowTheRuleByTheWeightOfAllPods) {
  for (const std::uint64_t cpus : {1U, 2U, 8U, 64U, 128U}) {
    const auto weight = [&](WeightRule rule) { return weight_of_shares(cpus * 1024, rule); };
    EXPECT_EQ(weight_rule_of_node(weight(WeightRule::kLinear), cpus), WeightRule::kLinear) << cpus;
    EXPECT_EQ(weight_rule_of_node(weight(WeightRule::kQuadratic), cpus), WeightRule::kQuadratic) << cpus;
  }
  EXPECT_EQ(weight_rule_of_node(0, 8), WeightRule::kLinear);
  EXPECT_EQ(cgroup_of_all_pods("/kubepods.slice/kubepods-burstable.slice/x"), "/kubepods.slice");
  EXPECT_EQ(cgroup_of_all_pods("/kubepods/podx"), "/kubepods");
  EXPECT_EQ(cgroup_of_all_pods("/a/kubelet-kubepods.slice/x"), "/a/kubelet-kubepods.slice");
  EXPECT_EQ(cgroup_of_all_pods("/mykubepods/x"), "");
}

}  // namespace
}  // namespace ceems::unit
