// What is known of a unit's GPUs from its resource manager's own words. Plain data.
//
// In what a manager itself says (see registry.h) a name may come several times: each is one share of that
// GPU.
#pragma once

#include "gpu/pci_address.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ceems::unit {

struct GpuClaim {
  std::vector<std::string> indices;  // as the manager counts GPUs and their parts on this node
  std::vector<std::string> uuids;    // of GPUs and of MIG devices
  // Functions on PCI, physical ones or virtual ones of a GPU; those of other devices do no harm.
  std::vector<gpu::PciAddress> addresses;
  std::vector<std::string> mdevs;            // UUIDs of mediated devices
  std::string vm;                            // the UUID of a VM, as vendors' tools know it
  std::optional<std::uint64_t> shards;       // of shared GPUs, on this node
  std::optional<std::uint64_t> mps_percent;  // of GPUs that are shared by way of NVIDIA's MPS
  // It is about the whole unit; else other processes may have more of it.
  bool is_whole = false;

  bool names_gpus() const {
    return !indices.empty() || !uuids.empty() || !addresses.empty() || !mdevs.empty();
  }
  bool operator==(const GpuClaim&) const = default;
};

}  // namespace ceems::unit
