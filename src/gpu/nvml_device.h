// Reading one GPU. Not thread-safe: for the thread that talks to NVML. What a call takes, measured on an H200
// with driver 580: energy 4 ms, power, utilisation and process figures 2 ms each, the rest under 1 ms; the
// throughput of PCIe 20 ms for each direction.
#pragma once

#include "gpu/nvml_abi.h"
#include "gpu/nvml_faults.h"
#include "gpu/nvml_snapshot.h"

#include <cstdint>
#include <optional>

namespace ceems::gpu {

class NvmlDeviceReader {
 public:
  // Both must outlive it.
  NvmlDeviceReader(const NvmlFunctions& functions, NvmlFaults& faults) : f_(functions), faults_(faults) {}

  // Energy is read apart, so that its filter sees when.
  std::optional<std::uint64_t> energy_millijoules(nvml::Device device);
  NvmlReadings readings(nvml::Device device, bool pcie_throughput);
  NvmlHealth health(nvml::Device device);
  std::optional<NvmlMemory> memory(nvml::Device device);

 private:
  std::optional<std::uint32_t> number(const char* what, NvmlFunctions::DeviceNumber function,
                                      nvml::Device device);
  std::optional<double> clock(nvml::Device device, int which);
  std::optional<std::uint64_t> ecc(nvml::Device device, int error, int counter);
  std::optional<double> pcie(nvml::Device device, int direction);
  void read_fields(nvml::Device device, NvmlReadings& to);

  const NvmlFunctions& f_;
  NvmlFaults& faults_;
};

}  // namespace ceems::gpu
