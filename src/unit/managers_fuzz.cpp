// Names of cgroups, devices, environments, command lines and answers of bjobs that may be anything.
#include "unit/kubernetes_devices.h"
#include "unit/kubernetes_manager.h"
#include "unit/lsf_jobs.h"
#include "unit/lsf_manager.h"
#include "unit/openpbs_manager.h"
#include "unit/pod_cpus.h"
#include "unit/unit_processes.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

std::vector<ceems::gpu::Device> some_gpus() {
  std::vector<ceems::gpu::Device> gpus(2);
  gpus[0].uuid = "GPU-00000000";
  gpus[0].minor = 0;
  gpus[1].vendor = ceems::gpu::Vendor::kAmd;
  gpus[1].uuid = "SERIAL";
  gpus[1].divided = true;
  gpus[1].instances.resize(1);
  gpus[1].instances[0].render_minor = 128;
  return gpus;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace ceems::unit;
  static const std::vector<ceems::gpu::Device> kGpus = some_gpus();
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  for (const char* kind : {"nvidia.com/gpu", "gpu.amd.com", ""})
    (void)gpus_of_pod_device({.kind = kind, .names = {text, text}}, kGpus);
  (void)gpu_maker(text);
  (void)KubernetesManager(nullptr).claim(text);
  (void)cgroup_of_all_pods(text);
  const LsfManager lsf(nullptr);
  const OpenPbsManager pbs;
  (void)lsf.claim(text);
  (void)lsf.may_claim_below(text);
  (void)pbs.claim(text);
  const Claim claim{.uuid = "7", .cgrouphostname = "", .name = "7.a", .groups = {}};
  (void)lsf.gpus_in_environment(claim, text);
  (void)pbs.gpus_in_environment(claim, text);
  (void)parse_lsf_jobs(text, {"n7"});
  (void)opts_in(text, {"A"});
  for (const char* manager : {"slurm", "lsf", "openpbs"})
    (void)is_of_manager(manager, text);
  return 0;
}
