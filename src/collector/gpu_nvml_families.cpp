#include "collector/gpu_nvml_families.h"

#include <array>
#include <vector>

namespace ceems::collector::gpu_nvml_families {

namespace {

using exposition::Family;
using exposition::MetricType;
using gpu::NvmlHealth;
using gpu::NvmlProfile;
using gpu::NvmlReadings;

constexpr auto kGauge = MetricType::kGauge;
constexpr auto kCounter = MetricType::kCounter;

// Those of dcgm-exporter. Label values of a whole GPU have no GPU_I_…
constexpr std::string_view kGpu = "DCGM_FI_DRIVER_VERSION,Hostname,UUID,device,gpu,modelName,pci_bus_id";
constexpr std::string_view kPart =
    "DCGM_FI_DRIVER_VERSION,GPU_I_ID,GPU_I_PROFILE,Hostname,UUID,device,gpu,modelName,pci_bus_id";

constexpr std::array kReadingGauges{
    Shown<NvmlReadings, double>{
        {"DCGM_FI_DEV_POWER_USAGE", kGauge, "Power draw as the driver averages it, in watts.", kGpu},
        &NvmlReadings::power_watts},
    Shown<NvmlReadings, double>{
        {"DCGM_FI_DEV_POWER_USAGE_INSTANT", kGauge, "Power draw of this moment, in watts.", kGpu},
        &NvmlReadings::power_instant_watts},
    Shown<NvmlReadings, double>{
        {"DCGM_FI_DEV_ENFORCED_POWER_LIMIT", kGauge, "Power limit that is in force, in watts.", kGpu},
        &NvmlReadings::power_limit_watts},
    Shown<NvmlReadings, double>{
        {"DCGM_FI_DEV_POWER_MGMT_LIMIT", kGauge, "Power limit that was set, in watts.", kGpu},
        &NvmlReadings::power_management_limit_watts},
    Shown<NvmlReadings, double>{
        {"DCGM_FI_DEV_GPU_UTIL", kGauge, "Share of time that any kernel ran, in percent.", kGpu},
        &NvmlReadings::gpu_utilization_percent},
    Shown<NvmlReadings, double>{{"DCGM_FI_DEV_MEM_COPY_UTIL", kGauge,
                                 "Share of time that memory was read or written, in percent.", kGpu},
                                &NvmlReadings::memory_utilization_percent},
    Shown<NvmlReadings, double>{
        {"DCGM_FI_DEV_ENC_UTIL", kGauge, "Utilisation of the video encoder, in percent.", kGpu},
        &NvmlReadings::encoder_percent},
    Shown<NvmlReadings, double>{
        {"DCGM_FI_DEV_DEC_UTIL", kGauge, "Utilisation of the video decoder, in percent.", kGpu},
        &NvmlReadings::decoder_percent},
    Shown<NvmlReadings, double>{
        {"DCGM_FI_DEV_SM_CLOCK", kGauge, "Clock of the multiprocessors, in MHz.", kGpu},
        &NvmlReadings::sm_clock_mhz},
    Shown<NvmlReadings, double>{{"DCGM_FI_DEV_MEM_CLOCK", kGauge, "Clock of the memory, in MHz.", kGpu},
                                &NvmlReadings::memory_clock_mhz},
    Shown<NvmlReadings, double>{
        {"DCGM_FI_DEV_VIDEO_CLOCK", kGauge, "Clock of the video engines, in MHz.", kGpu},
        &NvmlReadings::video_clock_mhz},
    Shown<NvmlReadings, double>{
        {"DCGM_FI_DEV_GPU_TEMP", kGauge, "Temperature of the GPU, in degrees Celsius.", kGpu},
        &NvmlReadings::temperature_celsius},
    Shown<NvmlReadings, double>{
        {"DCGM_FI_DEV_MEMORY_TEMP", kGauge, "Temperature of the memory, in degrees Celsius.", kGpu},
        &NvmlReadings::memory_temperature_celsius},
};

constexpr std::array kReadingCounts{
    Shown<NvmlReadings, std::uint64_t>{
        {"DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", kCounter,
         "Energy that the GPU has used since its driver was loaded, in millijoules.", kGpu},
        &NvmlReadings::energy_millijoules},
    Shown<NvmlReadings, std::uint64_t>{{"DCGM_FI_DEV_CLOCKS_EVENT_REASONS", kGauge,
                                        "Why clocks are lower than they could be, as a sum of bits.", kGpu},
                                       &NvmlReadings::clocks_event_reasons},
    Shown<NvmlReadings, std::uint64_t>{{"DCGM_FI_DEV_POWER_VIOLATION", kCounter,
                                        "Time that the power limit held clocks down, in nanoseconds.", kGpu},
                                       &NvmlReadings::power_violation_nanoseconds},
    Shown<NvmlReadings, std::uint64_t>{
        {"DCGM_FI_DEV_THERMAL_VIOLATION", kCounter, "Time that heat held clocks down, in nanoseconds.", kGpu},
        &NvmlReadings::thermal_violation_nanoseconds},
};

constexpr std::array kHealthCounts{
    Shown<NvmlHealth, std::uint64_t>{
        {"DCGM_FI_DEV_PCIE_REPLAY_COUNTER", kCounter, "Packets that were sent again over PCIe.", kGpu},
        &NvmlHealth::pcie_replays},
    Shown<NvmlHealth, std::uint64_t>{
        {"DCGM_FI_DEV_ECC_SBE_VOL_TOTAL", kCounter,
         "Memory errors that were corrected, since the driver was loaded.", kGpu},
        &NvmlHealth::ecc_corrected_volatile},
    Shown<NvmlHealth, std::uint64_t>{
        {"DCGM_FI_DEV_ECC_DBE_VOL_TOTAL", kCounter,
         "Memory errors that could not be corrected, since the driver was loaded.", kGpu},
        &NvmlHealth::ecc_uncorrected_volatile},
    Shown<NvmlHealth, std::uint64_t>{{"DCGM_FI_DEV_ECC_SBE_AGG_TOTAL", kCounter,
                                      "Memory errors that were corrected, over the life of the GPU.", kGpu},
                                     &NvmlHealth::ecc_corrected_aggregate},
    Shown<NvmlHealth, std::uint64_t>{
        {"DCGM_FI_DEV_ECC_DBE_AGG_TOTAL", kCounter,
         "Memory errors that could not be corrected, over the life of the GPU.", kGpu},
        &NvmlHealth::ecc_uncorrected_aggregate},
    Shown<NvmlHealth, std::uint64_t>{{"DCGM_FI_DEV_CORRECTABLE_REMAPPED_ROWS", kCounter,
                                      "Rows of memory replaced after errors that were corrected.", kGpu},
                                     &NvmlHealth::remapped_rows_corrected},
    Shown<NvmlHealth, std::uint64_t>{
        {"DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS", kCounter,
         "Rows of memory replaced after errors that could not be corrected.", kGpu},
        &NvmlHealth::remapped_rows_uncorrected},
    Shown<NvmlHealth, std::uint64_t>{
        {"DCGM_FI_DEV_RETIRED_SBE", kCounter, "Pages of memory retired because of single-bit errors.", kGpu},
        &NvmlHealth::retired_pages_single_bit},
    Shown<NvmlHealth, std::uint64_t>{
        {"DCGM_FI_DEV_RETIRED_DBE", kCounter, "Pages of memory retired because of double-bit errors.", kGpu},
        &NvmlHealth::retired_pages_double_bit},
    Shown<NvmlHealth, std::uint64_t>{{"DCGM_FI_DEV_RETIRED_PENDING", kCounter,
                                      "Pages of memory that are retired at the next reset.", kGpu},
                                     &NvmlHealth::retired_pages_pending},
};

constexpr std::array kHealthFlags{
    Shown<NvmlHealth, bool>{{"DCGM_FI_DEV_ROW_REMAP_PENDING", kGauge,
                             "Whether rows of memory are replaced at the next reset.", kGpu},
                            &NvmlHealth::row_remap_pending},
    Shown<NvmlHealth, bool>{
        {"DCGM_FI_DEV_ROW_REMAP_FAILURE", kGauge, "Whether a row of memory could not be replaced.", kGpu},
        &NvmlHealth::row_remap_failed},
};

constexpr std::array kProfileGauges{
    Shown<NvmlProfile, double>{{"DCGM_FI_PROF_GR_ENGINE_ACTIVE", kGauge,
                                "Share of time that the graphics and compute engine was busy.", kPart},
                               &NvmlProfile::graphics_engine_active},
    Shown<NvmlProfile, double>{{"DCGM_FI_PROF_SM_ACTIVE", kGauge,
                                "Share of time that multiprocessors had work, averaged over them.", kPart},
                               &NvmlProfile::sm_active},
    Shown<NvmlProfile, double>{{"DCGM_FI_PROF_SM_OCCUPANCY", kGauge,
                                "Warps on the multiprocessors as a share of their room.", kPart},
                               &NvmlProfile::sm_occupancy},
    Shown<NvmlProfile, double>{
        {"DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", kGauge, "Share of time that the tensor cores were busy.", kPart},
        &NvmlProfile::tensor_active},
    Shown<NvmlProfile, double>{{"DCGM_FI_PROF_PIPE_TENSOR_DFMA_ACTIVE", kGauge,
                                "Share of time that the tensor cores computed in FP64.", kPart},
                               &NvmlProfile::tensor_dfma_active},
    Shown<NvmlProfile, double>{
        {"DCGM_FI_PROF_PIPE_TENSOR_HMMA_ACTIVE", kGauge,
         "Share of time that the tensor cores computed in floating point of half precision.", kPart},
        &NvmlProfile::tensor_hmma_active},
    Shown<NvmlProfile, double>{{"DCGM_FI_PROF_PIPE_TENSOR_IMMA_ACTIVE", kGauge,
                                "Share of time that the tensor cores computed in integers.", kPart},
                               &NvmlProfile::tensor_imma_active},
    Shown<NvmlProfile, double>{
        {"DCGM_FI_PROF_PIPE_INT_ACTIVE", kGauge, "Share of time that the integer pipe was busy.", kPart},
        &NvmlProfile::integer_active},
    Shown<NvmlProfile, double>{{"DCGM_FI_PROF_PIPE_FP64_ACTIVE", kGauge,
                                "Share of time that the FP64 pipe was busy, without tensor cores.", kPart},
                               &NvmlProfile::fp64_active},
    Shown<NvmlProfile, double>{{"DCGM_FI_PROF_PIPE_FP32_ACTIVE", kGauge,
                                "Share of time that the FP32 pipe was busy, without tensor cores.", kPart},
                               &NvmlProfile::fp32_active},
    Shown<NvmlProfile, double>{{"DCGM_FI_PROF_PIPE_FP16_ACTIVE", kGauge,
                                "Share of time that the FP16 pipe was busy, without tensor cores.", kPart},
                               &NvmlProfile::fp16_active},
    Shown<NvmlProfile, double>{
        {"DCGM_FI_PROF_DRAM_ACTIVE", kGauge, "Share of the memory's bandwidth that was used.", kPart},
        &NvmlProfile::dram_active},
    Shown<NvmlProfile, double>{
        {"DCGM_FI_PROF_PCIE_TX_BYTES", kGauge,
         "What the GPU sends over PCIe, headers included, in bytes per second.", kPart},
        &NvmlProfile::pcie_transmit_bytes_per_second},
    Shown<NvmlProfile, double>{
        {"DCGM_FI_PROF_PCIE_RX_BYTES", kGauge,
         "What the GPU receives over PCIe, headers included, in bytes per second.", kPart},
        &NvmlProfile::pcie_receive_bytes_per_second},
    Shown<NvmlProfile, double>{{"DCGM_FI_PROF_NVLINK_TX_BYTES", kGauge,
                                "What the GPU sends over NVLink, in bytes per second.", kPart},
                               &NvmlProfile::nvlink_transmit_bytes_per_second},
    Shown<NvmlProfile, double>{{"DCGM_FI_PROF_NVLINK_RX_BYTES", kGauge,
                                "What the GPU receives over NVLink, in bytes per second.", kPart},
                               &NvmlProfile::nvlink_receive_bytes_per_second},
};

// nvmlClocksEventReasons; the last two are of older drivers.
constexpr std::array kReasons{
    ClocksEventReason{"applications_clocks_setting", 0x2},
    ClocksEventReason{"board_limit", 0x200},
    ClocksEventReason{"display_clock_setting", 0x100},
    ClocksEventReason{"gpu_idle", 0x1},
    ClocksEventReason{"hw_power_brake_slowdown", 0x80},
    ClocksEventReason{"hw_slowdown", 0x8},
    ClocksEventReason{"hw_thermal_slowdown", 0x40},
    ClocksEventReason{"reliability", 0x400},
    ClocksEventReason{"sw_power_cap", 0x4},
    ClocksEventReason{"sw_thermal_slowdown", 0x20},
    ClocksEventReason{"sync_boost", 0x10},
};

}  // namespace

constexpr Family kXidErrors{"DCGM_FI_DEV_XID_ERRORS", kGauge,
                            "Code of the last critical error (XID); 0: none since the start.", kGpu};
constexpr Family kMemoryTotal{"DCGM_FI_DEV_FB_TOTAL", kGauge, "Memory of the GPU, in MiB.", kPart};
constexpr Family kMemoryUsed{"DCGM_FI_DEV_FB_USED", kGauge, "Memory that is used, in MiB.", kPart};
constexpr Family kMemoryFree{"DCGM_FI_DEV_FB_FREE", kGauge, "Memory that is free, in MiB.", kPart};
constexpr Family kMemoryReserved{"DCGM_FI_DEV_FB_RESERVED", kGauge,
                                 "Memory that the driver keeps to itself, in MiB.", kPart};

constexpr Family kInfo{"ceems_gpu_info", kGauge, "A GPU, or a GPU instance of MIG; always 1.",
                       "gpuiid,gpuuuid,hostname,index,minor,name,pci_bus_id,profile"};
constexpr Family kPresent{"ceems_gpu_present", kGauge,
                          "Whether a GPU that was there since the start can be read.", "gpuuuid,hostname"};
constexpr Family kSmCount{"ceems_gpu_sm_count", kGauge, "Streaming multiprocessors.",
                          "gpuiid,gpuuuid,hostname"};
constexpr Family kProcesses{"ceems_gpu_processes", kGauge, "Processes that use the GPU.",
                            "gpuiid,gpuuuid,hostname,type"};
constexpr Family kProcessMemory{"ceems_gpu_process_memory_bytes", kGauge,
                                "Memory that processes hold, summed over them.", "gpuiid,gpuuuid,hostname"};
constexpr Family kXidErrorsTotal{"ceems_gpu_xid_errors_total", kCounter,
                                 "Critical errors of the GPU by their code.", "gpuuuid,hostname,xid"};
constexpr Family kNvlinkTransmit{"ceems_gpu_nvlink_transmit_bytes_total", kCounter,
                                 "Payload sent over all NVLinks.", "gpuuuid,hostname"};
constexpr Family kNvlinkReceive{"ceems_gpu_nvlink_receive_bytes_total", kCounter,
                                "Payload received over all NVLinks.", "gpuuuid,hostname"};
constexpr Family kClocksEventActive{"ceems_gpu_clocks_event_active", kGauge,
                                    "Whether this keeps clocks lower than they could be.",
                                    "gpuuuid,hostname,reason"};
constexpr Family kNvmlState{"ceems_gpu_nvml_state", kGauge,
                            "1 for the state that reading GPUs is in, 0 for the others.", "hostname,state"};
constexpr Family kNvmlInfo{"ceems_gpu_nvml_info", kGauge, "The library and the driver; always 1.",
                           "driver_version,hostname,library,nvml_version"};
constexpr Family kNvmlAge{"ceems_gpu_nvml_snapshot_age_seconds", kGauge,
                          "Time since the GPUs were last read.", "hostname"};
constexpr Family kNvmlDuration{"ceems_gpu_nvml_sample_duration_seconds", kGauge,
                               "Time that reading all GPUs took.", "hostname"};
constexpr Family kNvmlSamples{"ceems_gpu_nvml_samples_total", kCounter, "How often the GPUs were read.",
                              "hostname"};
constexpr Family kNvmlInits{"ceems_gpu_nvml_inits_total", kCounter, "How often NVML was initialised.",
                            "hostname"};
constexpr Family kNvmlErrors{"ceems_gpu_nvml_errors_total", kCounter,
                             "Calls to NVML that failed, by what it said.", "error,hostname"};

std::span<const Shown<NvmlReadings, double>> reading_gauges() {
  return kReadingGauges;
}

std::span<const Shown<NvmlReadings, std::uint64_t>> reading_counts() {
  return kReadingCounts;
}

std::span<const Shown<NvmlHealth, std::uint64_t>> health_counts() {
  return kHealthCounts;
}

std::span<const Shown<NvmlHealth, bool>> health_flags() {
  return kHealthFlags;
}

std::span<const Shown<NvmlProfile, double>> profile_gauges() {
  return kProfileGauges;
}

std::span<const ClocksEventReason> clocks_event_reasons() {
  return kReasons;
}

std::span<const Family> all() {
  static const std::vector<Family> families = [] {
    std::vector<Family> list;
    const auto add = [&list](const auto& table) {
      for (const auto& one : table)
        list.push_back(one.family);
    };
    add(kReadingGauges);
    add(kReadingCounts);
    add(kHealthCounts);
    add(kHealthFlags);
    list.insert(list.end(), {kXidErrors, kMemoryTotal, kMemoryUsed, kMemoryFree, kMemoryReserved});
    add(kProfileGauges);
    list.insert(list.end(), {kInfo, kPresent, kSmCount, kProcesses, kProcessMemory, kXidErrorsTotal,
                             kNvlinkTransmit, kNvlinkReceive, kClocksEventActive, kNvmlState, kNvmlInfo,
                             kNvmlAge, kNvmlDuration, kNvmlSamples, kNvmlInits, kNvmlErrors});
    return list;
  }();
  return families;
}

}  // namespace ceems::collector::gpu_nvml_families
