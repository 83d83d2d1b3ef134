#include "gpu/device.h"

#include <fmt/format.h>

namespace ceems::gpu {

std::string_view vendor_name(Vendor vendor) {
  return vendor == Vendor::kNvidia ? "nvidia" : "amd";
}

void number_devices(std::vector<Device>& devices) {
  std::size_t next = 0;
  for (Device& device : devices) {
    device.index.clear();
    if (!device.divided) device.index = fmt::to_string(next++);
    for (Instance& instance : device.instances)
      instance.index = fmt::to_string(next++);
  }
}

}  // namespace ceems::gpu
