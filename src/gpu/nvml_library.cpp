#include "gpu/nvml_library.h"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <initializer_list>

namespace ceems::gpu {

namespace {

// The first of `names` that the library has, newest first; all of them have the type of `slot`.
template <class Function>
bool find(void* handle, Function& slot, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (void* symbol = ::dlsym(handle, name)) {
      slot = reinterpret_cast<Function>(symbol);
      return true;
    }
  }
  return false;
}

struct ErrorName {
  NvmlReturn value;
  std::string_view label;
  std::string_view text;
};

constexpr std::array kErrors{
    ErrorName{NvmlReturn::kUninitialized, "uninitialized", "NVML is not initialised"},
    ErrorName{NvmlReturn::kInvalidArgument, "invalid_argument", "invalid argument"},
    ErrorName{NvmlReturn::kNotSupported, "not_supported", "not supported"},
    ErrorName{NvmlReturn::kNoPermission, "no_permission", "no permission"},
    ErrorName{NvmlReturn::kNotFound, "not_found", "not found"},
    ErrorName{NvmlReturn::kInsufficientSize, "insufficient_size", "more data than there is room for"},
    ErrorName{NvmlReturn::kInsufficientPower, "insufficient_power", "a power cable of the GPU is missing"},
    ErrorName{NvmlReturn::kDriverNotLoaded, "driver_not_loaded", "NVIDIA's kernel driver is not loaded"},
    ErrorName{NvmlReturn::kTimeout, "timeout", "timeout"},
    ErrorName{NvmlReturn::kIrqIssue, "irq_issue", "the kernel has trouble with the GPU's interrupt"},
    ErrorName{NvmlReturn::kLibraryNotFound, "library_not_found", "a library that NVML needs is missing"},
    ErrorName{NvmlReturn::kFunctionNotFound, "function_not_found", "this driver does not have the function"},
    ErrorName{NvmlReturn::kCorruptedInforom, "corrupted_inforom", "the GPU's infoROM is corrupted"},
    ErrorName{NvmlReturn::kGpuIsLost, "gpu_is_lost", "the GPU has fallen off the bus"},
    ErrorName{NvmlReturn::kResetRequired, "reset_required", "the GPU needs a reset"},
    ErrorName{NvmlReturn::kOperatingSystem, "operating_system", "the operating system blocked the request"},
    ErrorName{NvmlReturn::kLibRmVersionMismatch, "version_mismatch",
              "library and kernel driver have different versions"},
    ErrorName{NvmlReturn::kInUse, "in_use", "the GPU is in use"},
    ErrorName{NvmlReturn::kMemory, "memory", "out of memory"},
    ErrorName{NvmlReturn::kNoData, "no_data", "no data"},
    ErrorName{NvmlReturn::kInsufficientResources, "insufficient_resources", "out of resources"},
    ErrorName{NvmlReturn::kArgumentVersionMismatch, "argument_version_mismatch",
              "this driver does not know the version of the argument"},
    ErrorName{NvmlReturn::kDeprecated, "deprecated", "no longer supported"},
    ErrorName{NvmlReturn::kNotReady, "not_ready", "not ready"},
    ErrorName{NvmlReturn::kGpuNotFound, "gpu_not_found", "no such GPU"},
    ErrorName{NvmlReturn::kInvalidState, "invalid_state", "invalid state"},
    ErrorName{NvmlReturn::kUnknown, "unknown", "unknown error of the driver"},
};

const ErrorName* find_error(NvmlReturn value) {
  const auto found = std::ranges::find(kErrors, value, &ErrorName::value);
  return found == kErrors.end() ? nullptr : &*found;
}

}  // namespace

base::Result<std::unique_ptr<NvmlLibrary>> NvmlLibrary::load(std::span<const std::string> candidates) {
  std::string reasons;
  for (const std::string& candidate : candidates) {
    void* handle = ::dlopen(candidate.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
      const char* reason = ::dlerror();
      // The loader's message begins with the name.
      if (!reasons.empty()) reasons += "; ";
      reasons += reason == nullptr ? candidate : reason;
      continue;
    }
    auto library = std::make_unique<NvmlLibrary>(handle, candidate);
    const base::Status resolved = library->resolve();
    if (resolved) return library;
    if (!reasons.empty()) reasons += "; ";
    reasons += resolved.error().text();
  }
  return base::fail(base::ErrorCode::kNotFound, "", "no NVML library: {}", reasons);
}

NvmlLibrary::~NvmlLibrary() {
  ::dlclose(handle_);
}

base::Status NvmlLibrary::resolve() {
  NvmlFunctions& f = functions_;
  void* h = handle_;
  bool complete = find(h, f.init, {"nvmlInit_v2", "nvmlInit"});
  complete = find(h, f.shutdown, {"nvmlShutdown"}) && complete;
  complete = find(h, f.count, {"nvmlDeviceGetCount_v2", "nvmlDeviceGetCount"}) && complete;
  complete = find(h, f.by_index, {"nvmlDeviceGetHandleByIndex_v2", "nvmlDeviceGetHandleByIndex"}) && complete;
  if (!complete) return base::fail(base::ErrorCode::kInvalid, name_, "not an NVML library");

  find(h, f.driver_version, {"nvmlSystemGetDriverVersion"});
  find(h, f.nvml_version, {"nvmlSystemGetNVMLVersion"});
  find(h, f.name, {"nvmlDeviceGetName"});
  find(h, f.uuid, {"nvmlDeviceGetUUID"});
  find(h, f.pci_info, {"nvmlDeviceGetPciInfo_v3", "nvmlDeviceGetPciInfo_v2"});
  find(h, f.minor, {"nvmlDeviceGetMinorNumber"});
  find(h, f.cores, {"nvmlDeviceGetNumGpuCores"});
  find(h, f.compute_capability, {"nvmlDeviceGetCudaComputeCapability"});
  find(h, f.mig_mode, {"nvmlDeviceGetMigMode"});
  find(h, f.max_mig_devices, {"nvmlDeviceGetMaxMigDeviceCount"});
  find(h, f.mig_device, {"nvmlDeviceGetMigDeviceHandleByIndex"});
  find(h, f.gpu_instance, {"nvmlDeviceGetGpuInstanceId"});
  find(h, f.compute_instance, {"nvmlDeviceGetComputeInstanceId"});
  find(h, f.attributes, {"nvmlDeviceGetAttributes_v2"});

  find(h, f.energy, {"nvmlDeviceGetTotalEnergyConsumption"});
  find(h, f.power, {"nvmlDeviceGetPowerUsage"});
  find(h, f.power_limit, {"nvmlDeviceGetEnforcedPowerLimit"});
  find(h, f.power_management_limit, {"nvmlDeviceGetPowerManagementLimit"});
  find(h, f.utilization, {"nvmlDeviceGetUtilizationRates"});
  find(h, f.encoder, {"nvmlDeviceGetEncoderUtilization"});
  find(h, f.decoder, {"nvmlDeviceGetDecoderUtilization"});
  find(h, f.memory, {"nvmlDeviceGetMemoryInfo"});
  find(h, f.memory_v2, {"nvmlDeviceGetMemoryInfo_v2"});
  find(h, f.clock, {"nvmlDeviceGetClockInfo"});
  find(h, f.temperature, {"nvmlDeviceGetTemperature"});
  find(h, f.clocks_event_reasons,
       {"nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons"});
  find(h, f.ecc_errors, {"nvmlDeviceGetTotalEccErrors"});
  find(h, f.remapped_rows, {"nvmlDeviceGetRemappedRows"});
  find(h, f.pcie_replays, {"nvmlDeviceGetPcieReplayCounter"});
  find(h, f.pcie_throughput, {"nvmlDeviceGetPcieThroughput"});
  find(h, f.field_values, {"nvmlDeviceGetFieldValues"});

  find(h, f.compute_processes,
       {"nvmlDeviceGetComputeRunningProcesses_v3", "nvmlDeviceGetComputeRunningProcesses_v2"});
  find(h, f.graphics_processes,
       {"nvmlDeviceGetGraphicsRunningProcesses_v3", "nvmlDeviceGetGraphicsRunningProcesses_v2"});
  find(h, f.mps_processes,
       {"nvmlDeviceGetMPSComputeRunningProcesses_v3", "nvmlDeviceGetMPSComputeRunningProcesses_v2"});
  find(h, f.compute_processes_v1, {"nvmlDeviceGetComputeRunningProcesses"});
  find(h, f.graphics_processes_v1, {"nvmlDeviceGetGraphicsRunningProcesses"});
  find(h, f.process_utilization, {"nvmlDeviceGetProcessUtilization"});

  find(h, f.event_set_create, {"nvmlEventSetCreate"});
  find(h, f.event_set_free, {"nvmlEventSetFree"});
  find(h, f.register_events, {"nvmlDeviceRegisterEvents"});
  // The older one leaves the last two fields alone.
  find(h, f.event_wait, {"nvmlEventSetWait_v2", "nvmlEventSetWait"});

  find(h, f.gpm_support, {"nvmlGpmQueryDeviceSupport"});
  find(h, f.gpm_sample_alloc, {"nvmlGpmSampleAlloc"});
  find(h, f.gpm_sample_free, {"nvmlGpmSampleFree"});
  find(h, f.gpm_sample, {"nvmlGpmSampleGet"});
  find(h, f.gpm_mig_sample, {"nvmlGpmMigSampleGet"});
  find(h, f.gpm_metrics, {"nvmlGpmMetricsGet"});
  return {};
}

std::vector<std::string> usual_nvml_libraries() {
  return {"libnvidia-ml.so.1",
          "/run/nvidia/driver/usr/lib64/libnvidia-ml.so.1",
#if defined(__aarch64__)
          "/run/nvidia/driver/usr/lib/aarch64-linux-gnu/libnvidia-ml.so.1",
#else
          "/run/nvidia/driver/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1",
#endif
          "/usr/local/nvidia/lib64/libnvidia-ml.so.1",
          "/home/kubernetes/bin/nvidia/lib64/libnvidia-ml.so.1",
          "/run/opengl-driver/lib/libnvidia-ml.so.1"};
}

std::string nvml_error_text(NvmlReturn value) {
  const ErrorName* known = find_error(value);
  return known == nullptr ? fmt::format("error {}", static_cast<int>(value)) : std::string(known->text);
}

std::string_view nvml_error_label(NvmlReturn value) {
  const ErrorName* known = find_error(value);
  return known == nullptr ? std::string_view("other") : known->label;
}

}  // namespace ceems::gpu
