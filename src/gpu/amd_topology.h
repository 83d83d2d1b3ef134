// What the driver of AMD's GPUs tells in sysfs: how many compute units each GPU or partition has, its device
// file, and the name that AMD's device plug-in for Kubernetes has for it. Thread-safe.
//
// Source: the kernel's amdgpu and amdkfd: class/kfd/kfd/topology/nodes/<n>/properties, one for each GPU or
// partition; module/amdgpu/drivers/pci:amdgpu/<address>/drm/renderD<minor> for a GPU and its first partition,
// devices/platform/amdgpu_xcp…/drm/renderD<minor> for the others.
#pragma once

#include "gpu/device.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ceems::gpu {

struct AmdNode {
  std::uint32_t render_minor = 0;
  std::uint64_t unique_id = 0;  // the same for all partitions of a GPU; 0: the driver has none
  std::uint32_t compute_units = 0;
  std::string directory;  // that of its device file: "0000:c1:00.0", "amdgpu_xcp_1"

  bool operator==(const AmdNode&) const = default;
};

// By their device files; empty without such a driver.
std::vector<AmdNode> read_amd_nodes(const std::string& sysfs);

// Completes devices that were found by AMD's tools. Where the driver has another number of partitions than
// the tool, that device stays as it is.
void add_amd_topology(std::vector<Device>& devices, const std::vector<AmdNode>& nodes);

}  // namespace ceems::gpu
