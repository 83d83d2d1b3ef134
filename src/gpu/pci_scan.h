// Which vendors' GPUs are plugged in, whether or not a driver is loaded. Thread-safe.
#pragma once

#include "gpu/device.h"

#include <string>
#include <vector>

namespace ceems::gpu {

// From <sysfs>/bus/pci/devices: display controllers and processing accelerators, by the ids of their vendors.
std::vector<Vendor> scan_for_gpus(const std::string& sysfs);

}  // namespace ceems::gpu
