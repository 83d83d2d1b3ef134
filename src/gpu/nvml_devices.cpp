#include "gpu/nvml_devices.h"

#include <algorithm>
#include <utility>

namespace ceems::gpu {

std::vector<Device> devices_of(const NvmlSnapshot& snapshot) {
  std::vector<Device> devices;
  for (const NvmlDevice& one : snapshot.devices) {
    Device device;
    device.vendor = Vendor::kNvidia;
    device.number = one.info.index;
    device.minor = one.info.minor;
    device.uuid = one.info.uuid;
    device.name = one.info.name;
    device.address = parse_pci_address(one.info.pci_bus_id);
    device.sm_count = one.info.sm_count;
    device.divided = one.info.mig_enabled;
    for (const NvmlMigDevice& mig : one.info.mig_devices) {
      Instance instance;
      instance.number = mig.index;
      instance.gpu_instance_id = mig.gpu_instance_id;
      instance.compute_instance_id = mig.compute_instance_id;
      instance.uuid = mig.uuid;
      instance.sm_count = mig.sm_count;
      device.instances.push_back(std::move(instance));
    }
    devices.push_back(std::move(device));
  }
  // A lost one has its place among the others, so that theirs stay what they were.
  std::ranges::sort(devices, {}, &Device::number);
  number_devices(devices);
  return devices;
}

}  // namespace ceems::gpu
