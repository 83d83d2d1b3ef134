// What the vendor's tool prints about VMs' parts of GPUs.
#include "base/check.h"
#include "gpu/virtual_gpus.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ceems::gpu;
  std::vector<Device> devices(2);
  devices[0].address = PciAddress{.domain = 0, .bus = 0, .device = 0, .function = 0};
  devices[1].address = PciAddress{.domain = 0, .bus = 1, .device = 0, .function = 0};
  devices[1].divided = true;
  add_vgpu_query(devices, std::string_view(reinterpret_cast<const char*>(data), size));
  for (const Device& device : devices) {
    CEEMS_CHECK(device.virtual_gpus.size() <= kMostVirtualGpus);
    CEEMS_CHECK(device.instances.size() <= kMostInstances);
  }
  return 0;
}
