// Which GPUs are meant by what the kubelet calls a pod's device. Thread-safe.
//
//   device plug-ins   UUIDs of GPUs and of MIG devices, numbers; of one replica of a GPU that is shared in
//   time, or
//                     by MPS, "<id>::<n>"; AMD: addresses on PCI and names of partitions (amdgpu_xcp_1)
//   claims (DRA)      CDI's names "nvidia.com/gpu=<UUID>", "…=<number>", "…=<number>:<MIG device>", with the
//   claim
//                     or something else before the name of the device, and names in the driver's pool:
//                     NVIDIA's "gpu-<minor>", AMD's "gpu-<card>-<render minor>"
//
// Numbers and names without a UUID or an address count only where a maker of GPUs says them: a network device
// may have number 0 too.
//
// Sources: k8s-device-plugin and k8s-dra-driver-gpu of NVIDIA, k8s-device-plugin and k8s-gpu-dra-driver of
// ROCm, the Container Device Interface.
#pragma once

#include "gpu/device.h"
#include "kube/pod_resources.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::unit {

// The maker of that resource, driver or CDI kind: of "nvidia.com/gpu", "gpu.nvidia.com".
std::optional<gpu::Vendor> gpu_maker(std::string_view kind);

// UUIDs, or what stands for them in a GpuClaim, of the GPUs and parts that the device is; each once, none if
// it is no GPU of this list. A divided GPU is none.
std::vector<std::string> gpus_of_pod_device(const kube::PodDevice& device,
                                            const std::vector<gpu::Device>& gpus);

}  // namespace ceems::unit
