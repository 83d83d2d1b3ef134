#include "gpu/nvml_faults.h"

namespace ceems::gpu {

bool NvmlFaults::accept(NvmlReturn value, std::string_view what) {
  switch (value) {
    case NvmlReturn::kSuccess:
      return true;
    case NvmlReturn::kNotSupported:
    case NvmlReturn::kNotFound:
    case NvmlReturn::kFunctionNotFound:
    case NvmlReturn::kInvalidArgument:  // a field or an instance that this driver does not have
    case NvmlReturn::kArgumentVersionMismatch:
    case NvmlReturn::kDeprecated:
    case NvmlReturn::kNoData:
    case NvmlReturn::kNotReady:
    case NvmlReturn::kVgpuEccNotSupported:
      return false;
    case NvmlReturn::kNoPermission:
      if (refused_.insert(what).second) newly_refused_.insert(what);
      return false;
    case NvmlReturn::kGpuIsLost:
    case NvmlReturn::kGpuNotFound:
    case NvmlReturn::kResetRequired:
      device_lost_ = true;
      break;
    case NvmlReturn::kUninitialized:
    case NvmlReturn::kDriverNotLoaded:
    case NvmlReturn::kLibRmVersionMismatch:
      driver_lost_ = value;
      break;
    default:
      break;
  }
  count(value);
  return false;
}

void NvmlFaults::count(NvmlReturn value) {
  if (counts_.size() >= kMaxKinds && !counts_.contains(value)) value = NvmlReturn::kUnknown;
  ++counts_[value];
}

}  // namespace ceems::gpu
