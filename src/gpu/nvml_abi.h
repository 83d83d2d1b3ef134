// The part of NVIDIA's management library (libnvidia-ml.so.1) that we call, as its binary interface has it.
// The library keeps its promises to programs built long ago: a function that changed has a new name (…_v2), a
// struct that may grow carries its version and size. So these declarations fit every driver that has the
// function; what a driver lacks is simply not found.
//
// Source: the NVML API reference, https://docs.nvidia.com/deploy/nvml-api/ . Units are in the names where the
// library has others than their users expect.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace ceems::gpu {

// What every function returns. Drivers may return values that are not listed.
enum class NvmlReturn : int {
  kSuccess = 0,
  kUninitialized = 1,
  kInvalidArgument = 2,
  kNotSupported = 3,
  kNoPermission = 4,
  kAlreadyInitialized = 5,
  kNotFound = 6,
  kInsufficientSize = 7,
  kInsufficientPower = 8,
  kDriverNotLoaded = 9,
  kTimeout = 10,
  kIrqIssue = 11,
  kLibraryNotFound = 12,
  kFunctionNotFound = 13,
  kCorruptedInforom = 14,
  kGpuIsLost = 15,
  kResetRequired = 16,
  kOperatingSystem = 17,
  kLibRmVersionMismatch = 18,
  kInUse = 19,
  kMemory = 20,
  kNoData = 21,
  kVgpuEccNotSupported = 22,
  kInsufficientResources = 23,
  kFreqNotSupported = 24,
  kArgumentVersionMismatch = 25,
  kDeprecated = 26,
  kNotReady = 27,
  kGpuNotFound = 28,
  kInvalidState = 29,
  kUnknown = 999,
};

namespace nvml {

using Device = void*;    // a GPU or a MIG device; valid until shutdown
using EventSet = void*;  // owned by the library
using GpmSample = void*;

inline constexpr std::size_t kTextSize = 96;  // of names and UUIDs; older drivers use less of it
inline constexpr std::uint32_t kNoInstance = 0xFFFF'FFFF;
inline constexpr std::uint32_t kEveryLink = 0xFFFF'FFFF;  // FieldValue::scope

inline constexpr int kTemperatureGpu = 0;
inline constexpr int kClockSm = 1;
inline constexpr int kClockMemory = 2;
inline constexpr int kClockVideo = 3;
inline constexpr int kEccCorrected = 0;
inline constexpr int kEccUncorrected = 1;
inline constexpr int kEccVolatile = 0;
inline constexpr int kEccAggregate = 1;
inline constexpr int kPcieTransmit = 0;
inline constexpr int kPcieReceive = 1;
inline constexpr std::uint32_t kMigEnabled = 1;
inline constexpr std::uint64_t kEventXid = 0x8;

struct Memory {
  std::uint64_t total = 0, free = 0, used = 0;  // used: what is reserved as well
};

struct MemoryV2 {
  std::uint32_t version = kVersion;
  std::uint64_t total = 0, reserved = 0, free = 0, used = 0;
  static constexpr std::uint32_t kVersion = 0x0200'0028;
};

struct Utilization {
  std::uint32_t gpu = 0, memory = 0;  // percent
};

// _v2 wrote everything but the last field.
struct PciInfo {
  std::array<char, 16> bus_id_legacy{};
  std::uint32_t domain = 0, bus = 0, device = 0, device_id = 0, subsystem_id = 0;
  std::array<char, 32> bus_id{};
};

struct EventData {
  Device device = nullptr;
  std::uint64_t type = 0, data = 0;
  std::uint32_t gpu_instance = 0, compute_instance = 0;
};

enum class ValueType : std::uint32_t { kDouble, kUint, kUlong, kUlongLong, kSlongLong, kSint, kUshort };

struct FieldValue {
  std::uint32_t id = 0;
  std::uint32_t scope = 0;
  std::int64_t timestamp_us = 0, latency_us = 0;
  ValueType type{};
  NvmlReturn result = NvmlReturn::kUnknown;
  std::uint64_t bits = 0;  // a union of eight bytes; little-endian, like every machine that has the library
};

// Fields of nvmlDeviceGetFieldValues().
inline constexpr std::uint32_t kFieldRetiredSingleBit = 29;
inline constexpr std::uint32_t kFieldRetiredDoubleBit = 30;
inline constexpr std::uint32_t kFieldRetiredPending = 31;
inline constexpr std::uint32_t kFieldPowerViolation = 74;    // nanoseconds
inline constexpr std::uint32_t kFieldThermalViolation = 75;  // nanoseconds
inline constexpr std::uint32_t kFieldMemoryTemperature = 82;
inline constexpr std::uint32_t kFieldNvlinkTransmit = 138;  // KiB of payload
inline constexpr std::uint32_t kFieldNvlinkReceive = 139;   // KiB of payload
inline constexpr std::uint32_t kFieldPowerInstant = 186;    // milliwatts

struct ProcessInfoV1 {
  std::uint32_t pid = 0;
  std::uint64_t used_memory = 0;
};

struct ProcessInfo {
  std::uint32_t pid = 0;
  std::uint64_t used_memory = 0;  // bytes; all ones: not known
  std::uint32_t gpu_instance = kNoInstance, compute_instance = kNoInstance;
};

struct ProcessUtilization {
  std::uint32_t pid = 0;
  std::uint64_t timestamp_us = 0;
  std::uint32_t sm = 0, memory = 0, encoder = 0, decoder = 0;  // percent
};

struct DeviceAttributes {
  std::uint32_t multiprocessors = 0;
  std::array<std::uint32_t, 5> shared_engines{};
  std::uint32_t gpu_instance_slices = 0, compute_instance_slices = 0;
  std::uint64_t memory_mib = 0;
};

struct GpmSupport {
  std::uint32_t version = 1;
  std::uint32_t supported = 0;
};

struct GpmMetric {
  std::uint32_t id = 0;
  NvmlReturn result = NvmlReturn::kUnknown;
  double value = 0;
  std::array<const char*, 3> names{};
};

// The library defines room for as many metrics as it knows; it touches only `count` of them.
struct GpmMetrics {
  std::uint32_t version = 1;
  std::uint32_t count = 0;
  GpmSample first = nullptr, second = nullptr;
  std::array<GpmMetric, 512> metrics{};
};

static_assert(sizeof(Memory) == 24 && sizeof(MemoryV2) == 40 && sizeof(PciInfo) == 68);
static_assert(sizeof(EventData) == 32 && sizeof(FieldValue) == 40);
static_assert(sizeof(ProcessInfoV1) == 16 && sizeof(ProcessInfo) == 24 && sizeof(ProcessUtilization) == 32);
static_assert(sizeof(DeviceAttributes) == 40 && sizeof(GpmMetric) == 40);

}  // namespace nvml

// Null: this driver does not have it.
struct NvmlFunctions {
  using DeviceNumber = NvmlReturn (*)(nvml::Device, std::uint32_t*);
  using DeviceText = NvmlReturn (*)(nvml::Device, char*, std::uint32_t);
  using SystemText = NvmlReturn (*)(char*, std::uint32_t);

  // Required.
  NvmlReturn (*init)() = nullptr;
  NvmlReturn (*shutdown)() = nullptr;
  NvmlReturn (*count)(std::uint32_t*) = nullptr;
  NvmlReturn (*by_index)(std::uint32_t, nvml::Device*) = nullptr;

  SystemText driver_version = nullptr;
  SystemText nvml_version = nullptr;
  DeviceText name = nullptr;
  DeviceText uuid = nullptr;
  NvmlReturn (*pci_info)(nvml::Device, nvml::PciInfo*) = nullptr;
  DeviceNumber minor = nullptr;
  DeviceNumber cores = nullptr;
  NvmlReturn (*compute_capability)(nvml::Device, int*, int*) = nullptr;

  NvmlReturn (*mig_mode)(nvml::Device, std::uint32_t*, std::uint32_t*) = nullptr;
  DeviceNumber max_mig_devices = nullptr;
  NvmlReturn (*mig_device)(nvml::Device, std::uint32_t, nvml::Device*) = nullptr;
  DeviceNumber gpu_instance = nullptr;
  DeviceNumber compute_instance = nullptr;
  NvmlReturn (*attributes)(nvml::Device, nvml::DeviceAttributes*) = nullptr;

  NvmlReturn (*energy)(nvml::Device, unsigned long long*) = nullptr;  // millijoules
  DeviceNumber power = nullptr;                                       // milliwatts
  DeviceNumber power_limit = nullptr;                                 // milliwatts; the one that counts
  DeviceNumber power_management_limit = nullptr;                      // milliwatts; the one that was set
  NvmlReturn (*utilization)(nvml::Device, nvml::Utilization*) = nullptr;
  NvmlReturn (*encoder)(nvml::Device, std::uint32_t*, std::uint32_t*) = nullptr;
  NvmlReturn (*decoder)(nvml::Device, std::uint32_t*, std::uint32_t*) = nullptr;
  NvmlReturn (*memory)(nvml::Device, nvml::Memory*) = nullptr;
  NvmlReturn (*memory_v2)(nvml::Device, nvml::MemoryV2*) = nullptr;
  NvmlReturn (*clock)(nvml::Device, int, std::uint32_t*) = nullptr;        // MHz
  NvmlReturn (*temperature)(nvml::Device, int, std::uint32_t*) = nullptr;  // degrees Celsius
  NvmlReturn (*clocks_event_reasons)(nvml::Device, unsigned long long*) = nullptr;
  NvmlReturn (*ecc_errors)(nvml::Device, int, int, unsigned long long*) = nullptr;
  NvmlReturn (*remapped_rows)(nvml::Device, std::uint32_t*, std::uint32_t*, std::uint32_t*,
                              std::uint32_t*) = nullptr;
  DeviceNumber pcie_replays = nullptr;
  NvmlReturn (*pcie_throughput)(nvml::Device, int, std::uint32_t*) = nullptr;  // KiB/s; takes 20 ms
  NvmlReturn (*field_values)(nvml::Device, int, nvml::FieldValue*) = nullptr;

  using Processes = NvmlReturn (*)(nvml::Device, std::uint32_t*, nvml::ProcessInfo*);
  using ProcessesV1 = NvmlReturn (*)(nvml::Device, std::uint32_t*, nvml::ProcessInfoV1*);
  Processes compute_processes = nullptr;
  Processes graphics_processes = nullptr;
  Processes mps_processes = nullptr;
  ProcessesV1 compute_processes_v1 = nullptr;
  ProcessesV1 graphics_processes_v1 = nullptr;
  NvmlReturn (*process_utilization)(nvml::Device, nvml::ProcessUtilization*, std::uint32_t*,
                                    unsigned long long) = nullptr;

  NvmlReturn (*event_set_create)(nvml::EventSet*) = nullptr;
  NvmlReturn (*event_set_free)(nvml::EventSet) = nullptr;
  NvmlReturn (*register_events)(nvml::Device, unsigned long long, nvml::EventSet) = nullptr;
  NvmlReturn (*event_wait)(nvml::EventSet, nvml::EventData*, std::uint32_t) = nullptr;

  NvmlReturn (*gpm_support)(nvml::Device, nvml::GpmSupport*) = nullptr;
  NvmlReturn (*gpm_sample_alloc)(nvml::GpmSample*) = nullptr;
  NvmlReturn (*gpm_sample_free)(nvml::GpmSample) = nullptr;
  NvmlReturn (*gpm_sample)(nvml::Device, nvml::GpmSample) = nullptr;
  NvmlReturn (*gpm_mig_sample)(nvml::Device, std::uint32_t, nvml::GpmSample) = nullptr;
  NvmlReturn (*gpm_metrics)(nvml::GpmMetrics*) = nullptr;
};

}  // namespace ceems::gpu
