// Which GPUs there are, and how MIG divides them. Not thread-safe: for the thread that talks to NVML.
#pragma once

#include "gpu/nvml_abi.h"
#include "gpu/nvml_faults.h"
#include "gpu/nvml_snapshot.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ceems::gpu {

inline constexpr std::uint32_t kMaxNvmlDevices = 64;
inline constexpr std::uint32_t kMaxMigDevices = 64;  // of one GPU; the hardware has up to 7

// A part of a GPU that is read for itself, see NvmlPart.
struct NvmlPartHandle {
  nvml::Device device = nullptr;                 // the GPU, or a MIG device in that GPU instance
  std::vector<nvml::Device> mig_devices;         // all of them; empty for a whole GPU
  std::optional<std::uint32_t> gpu_instance_id;  // none: the whole GPU
  std::string profile;
  std::optional<std::uint32_t> sm_count;
};

struct NvmlDeviceHandle {
  nvml::Device device = nullptr;
  NvmlDeviceInfo info;
  std::vector<NvmlPartHandle> parts;  // the whole GPU; where MIG is on, its GPU instances by id
};

// Every GPU that says who it is. One that is lost, or that this user may not see, is left out.
std::vector<NvmlDeviceHandle> list_nvml_devices(const NvmlFunctions& functions, NvmlFaults& faults);

// Something short that changes when MIG is set up differently; cheap to ask for. 0 where MIG is off.
std::uint64_t mig_fingerprint(const NvmlFunctions& functions, NvmlFaults& faults, nvml::Device device);

// "1g.18gb" of "NVIDIA H200 MIG 1g.18gb", and of "… MIG 1c.3g.71gb" the GPU instance's "3g.71gb"; "" if there
// is none.
std::string mig_profile(const std::string& name);

// Streaming multiprocessors of a GPU with so many CUDA cores; none for an architecture that is not known.
std::optional<std::uint32_t> sm_count_of(std::uint32_t cores, int capability_major, int capability_minor);

}  // namespace ceems::gpu
