// What is known of a unit's GPUs from its resource manager's own words. Plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ceems::unit {

struct GpuClaim {
  std::vector<std::string> indices;          // as the manager counts GPUs and their parts on this node
  std::vector<std::string> uuids;            // of GPUs and of MIG devices
  std::optional<std::uint64_t> shards;       // of shared GPUs, on this node
  std::optional<std::uint64_t> mps_percent;  // of GPUs that are shared by way of NVIDIA's MPS
  // It is about the whole unit; else other processes may have more of it.
  bool is_whole = false;

  bool names_gpus() const { return !indices.empty() || !uuids.empty(); }
  bool operator==(const GpuClaim&) const = default;
};

}  // namespace ceems::unit
