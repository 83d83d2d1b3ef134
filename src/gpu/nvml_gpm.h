// GPU performance monitoring (GPM): the hardware counters behind the profiling metrics, on Hopper and newer.
// Two samples make a reading; it is the mean over the time between them. Not thread-safe: for the thread that
// talks to NVML.
#pragma once

#include "gpu/nvml_abi.h"
#include "gpu/nvml_faults.h"
#include "gpu/nvml_snapshot.h"

#include <cstdint>
#include <memory>
#include <optional>

namespace ceems::gpu {

// Whether the GPU has it and the driver can read it.
bool nvml_gpm_supported(const NvmlFunctions& functions, NvmlFaults& faults, nvml::Device gpu);

// Of one GPU or one of its GPU instances. Destroy it before NVML is shut down.
class NvmlGpm {
 public:
  // `gpu` is the whole GPU; both references must outlive this object.
  NvmlGpm(const NvmlFunctions& functions, NvmlFaults& faults, nvml::Device gpu,
          std::optional<std::uint32_t> gpu_instance_id);
  NvmlGpm(const NvmlGpm&) = delete;
  NvmlGpm& operator=(const NvmlGpm&) = delete;
  ~NvmlGpm();

  // Takes a sample. What happened since the last one; empty the first time, and after a sample that failed.
  NvmlProfile read();

 private:
  bool sample(nvml::GpmSample into);
  NvmlProfile compare();

  const NvmlFunctions& f_;
  NvmlFaults& faults_;
  nvml::Device gpu_;
  std::optional<std::uint32_t> gpu_instance_id_;
  nvml::GpmSample before_ = nullptr;
  nvml::GpmSample now_ = nullptr;
  bool has_before_ = false;
  std::unique_ptr<nvml::GpmMetrics> metrics_;
};

}  // namespace ceems::gpu
