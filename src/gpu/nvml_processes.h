// The processes that use a GPU, and how much. Not thread-safe: for the thread that talks to NVML. As an
// ordinary user NVML tells of all processes, and their numbers are those of the initial PID namespace or of
// this container's.
#pragma once

#include "gpu/nvml_abi.h"
#include "gpu/nvml_faults.h"
#include "gpu/nvml_inventory.h"
#include "gpu/nvml_snapshot.h"

#include <cstdint>
#include <span>
#include <vector>

namespace ceems::gpu {

class NvmlProcessReader {
 public:
  static constexpr std::uint32_t kMaxProcesses = 4096;  // of one list; the rest is not looked at

  // Both must outlive it.
  NvmlProcessReader(const NvmlFunctions& functions, NvmlFaults& faults) : f_(functions), faults_(faults) {}

  // `seen_us` is where the last call ended, on the driver's clock, 0 at first; it is moved on.
  NvmlProcesses read(const NvmlPartHandle& part, std::uint64_t& seen_us);

 private:
  // The number of processes as NVML said, and what fits into infos_.
  std::optional<std::uint64_t> list(std::string_view what, NvmlFunctions::Processes function,
                                    NvmlFunctions::ProcessesV1 older, nvml::Device device);
  std::optional<std::uint64_t> add(std::string_view what, NvmlFunctions::Processes function,
                                   NvmlFunctions::ProcessesV1 older, const NvmlPartHandle& part,
                                   NvmlProcesses& to);
  void add_utilization(nvml::Device device, std::uint64_t& seen_us, NvmlProcesses& to);

  const NvmlFunctions& f_;
  NvmlFaults& faults_;
  std::vector<nvml::ProcessInfo> infos_;  // buffers that are used again
  std::vector<nvml::ProcessInfoV1> infos_v1_;
  std::vector<nvml::ProcessUtilization> samples_;
};

}  // namespace ceems::gpu
