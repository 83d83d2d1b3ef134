// The devices of a node as NVML tells them. Thread-safe.
#pragma once

#include "gpu/device.h"
#include "gpu/nvml_snapshot.h"

#include <vector>

namespace ceems::gpu {

// Also those that are lost for the moment: who holds them holds them.
std::vector<Device> devices_of(const NvmlSnapshot& snapshot);

}  // namespace ceems::gpu
