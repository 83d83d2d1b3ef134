// What one look at all GPUs of the node found. Plain data. An empty optional is "this GPU, this driver or
// this mode does not tell", and never zero. Nothing in here is implausible: values that cannot be true are
// left out where they are read.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ceems::gpu {

// A compute instance of a MIG GPU instance: what CUDA calls a MIG device.
struct NvmlMigDevice {
  std::uint32_t index = 0;  // among those of the GPU
  std::uint32_t gpu_instance_id = 0;
  std::uint32_t compute_instance_id = 0;
  std::string uuid;                       // "MIG-…"
  std::string profile;                    // of the GPU instance: "1g.18gb"
  std::optional<std::uint32_t> sm_count;  // of this device
  // As the driver counts them, up to seven: what its GPU instance has, and what of that is its own.
  std::optional<std::uint32_t> gpu_instance_slices;
  std::optional<std::uint32_t> compute_instance_slices;

  bool operator==(const NvmlMigDevice&) const = default;
};

// A GPU that can be told from others. Constant until MIG is set up anew or the driver is loaded again.
struct NvmlDeviceInfo {
  std::uint32_t index = 0;                // NVML's own order
  std::string uuid;                       // "GPU-…"
  std::string name;                       // "NVIDIA H200"
  std::string pci_bus_id;                 // "00000000:00:06.0"
  std::optional<std::uint32_t> minor;     // of /dev/nvidia<minor>
  std::optional<std::uint32_t> sm_count;  // of the whole GPU
  bool mig_enabled = false;
  std::vector<NvmlMigDevice> mig_devices;  // by index; empty also where MIG is on and nothing is set up

  bool operator==(const NvmlDeviceInfo&) const = default;
};

struct NvmlMemory {
  std::uint64_t total_bytes = 0;
  std::uint64_t used_bytes = 0;
  std::uint64_t free_bytes = 0;
  std::optional<std::uint64_t> reserved_bytes;  // if told apart; else part of what is used
};

// Means since the sample before, from the counters that Hopper and newer have (GPM). Shares are 0 to 1.
// Without GPM, and if asked for, PCIe is as measured over 20 ms.
struct NvmlProfile {
  std::optional<double> graphics_engine_active;
  std::optional<double> sm_active;
  std::optional<double> sm_occupancy;
  std::optional<double> tensor_active;
  std::optional<double> tensor_dfma_active;
  std::optional<double> tensor_hmma_active;
  std::optional<double> tensor_imma_active;
  std::optional<double> integer_active;
  std::optional<double> fp64_active;
  std::optional<double> fp32_active;
  std::optional<double> fp16_active;
  std::optional<double> dram_active;
  std::optional<double> pcie_transmit_bytes_per_second;
  std::optional<double> pcie_receive_bytes_per_second;
  std::optional<double> nvlink_transmit_bytes_per_second;
  std::optional<double> nvlink_receive_bytes_per_second;
};

// One process that uses a GPU. For matching with compute units; its number never becomes a label.
struct NvmlProcess {
  std::uint32_t pid = 0;  // as seen from the exporter
  std::optional<std::uint64_t> memory_bytes;
  std::optional<double> sm_percent;  // of the GPU's time, since the sample before
};

struct NvmlProcesses {
  std::optional<std::uint64_t> compute;  // how many
  std::optional<std::uint64_t> graphics;
  std::optional<std::uint64_t> mps;
  std::vector<NvmlProcess> list;  // by pid, each once; bounded
  bool truncated = false;         // there were more than the bound
};

// What can be told of a part: the whole GPU, or, where MIG is on, each of its GPU instances.
struct NvmlPart {
  std::optional<std::uint32_t> gpu_instance_id;  // none: the whole GPU
  std::string profile;                           // of a GPU instance
  std::optional<std::uint32_t> sm_count;         // summed over its compute instances
  std::optional<NvmlMemory> memory;
  NvmlProfile gpm;
  NvmlProcesses processes;
};

// What only the whole GPU tells.
struct NvmlReadings {
  std::optional<std::uint64_t> energy_millijoules;  // since the driver was loaded; see NvmlEnergyFilter
  std::optional<double> power_watts;                // as the driver averages it
  std::optional<double> power_instant_watts;
  std::optional<double> power_limit_watts;             // in force, of all there are
  std::optional<double> power_management_limit_watts;  // as it was set
  std::optional<double> gpu_utilization_percent;       // share of time with any kernel on it
  std::optional<double> memory_utilization_percent;    // share of time that memory was read or written
  std::optional<double> encoder_percent;
  std::optional<double> decoder_percent;
  std::optional<double> sm_clock_mhz;
  std::optional<double> memory_clock_mhz;
  std::optional<double> video_clock_mhz;
  std::optional<double> temperature_celsius;
  std::optional<double> memory_temperature_celsius;
  std::optional<std::uint64_t> clocks_event_reasons;  // bits, see NVML's nvmlClocksEventReasons
  std::optional<std::uint64_t> power_violation_nanoseconds;
  std::optional<std::uint64_t> thermal_violation_nanoseconds;
  std::optional<std::uint64_t> nvlink_transmit_bytes;  // payload, all links, since the driver was loaded
  std::optional<std::uint64_t> nvlink_receive_bytes;
  std::optional<double> pcie_transmit_bytes_per_second;  // over 20 ms; only if asked for and without GPM
  std::optional<double> pcie_receive_bytes_per_second;
};

// What rarely changes: read once a minute.
struct NvmlHealth {
  std::optional<std::uint64_t> pcie_replays;
  std::optional<std::uint64_t> ecc_corrected_volatile;  // since the driver was loaded
  std::optional<std::uint64_t> ecc_uncorrected_volatile;
  std::optional<std::uint64_t> ecc_corrected_aggregate;  // over the life of the GPU
  std::optional<std::uint64_t> ecc_uncorrected_aggregate;
  std::optional<std::uint64_t> remapped_rows_corrected;
  std::optional<std::uint64_t> remapped_rows_uncorrected;
  std::optional<bool> row_remap_pending;
  std::optional<bool> row_remap_failed;
  std::optional<std::uint64_t> retired_pages_single_bit;
  std::optional<std::uint64_t> retired_pages_double_bit;
  std::optional<std::uint64_t> retired_pages_pending;
};

// Critical errors of a GPU that the driver told of since the exporter started.
struct NvmlXids {
  struct Count {
    std::uint64_t xid = 0;  // the code; kOther for those beyond the bound
    std::uint64_t count = 0;
  };
  static constexpr std::uint64_t kOther = ~std::uint64_t{0};
  std::uint64_t last = 0;  // 0: none yet
  std::vector<Count> counts;
};

struct NvmlDevice {
  NvmlDeviceInfo info;
  bool present =
      false;  // false: it was there before, and cannot be read now; only `info` and `xids` tell then
  NvmlReadings readings;
  NvmlHealth health;
  std::optional<NvmlXids> xids;  // none: the driver does not tell of them
  std::vector<NvmlPart> parts;
};

struct NvmlSnapshot {
  std::chrono::steady_clock::time_point taken;  // its end
  std::chrono::steady_clock::duration cost{};   // how long NVML took
  std::uint64_t generation = 0;                 // another one: `info` of some device has changed
  std::string library;                          // as it was found
  std::string driver_version;
  std::string nvml_version;
  std::vector<NvmlDevice> devices;  // by index; those that are lost last
};

}  // namespace ceems::gpu
