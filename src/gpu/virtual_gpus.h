// What a host gives of its GPUs to VMs: virtual functions of SR-IOV, and mediated devices (mdev), as the
// kernel shows them, and what NVIDIA's tool tells of those in use. Thread-safe.
//
// Source: Documentation/driver-api/vfio-mediated-device.rst, Documentation/PCI/pci-iov-howto.rst of the
// kernel; NVIDIA's "Virtual GPU Software User Guide", nvidia-smi(1).
#pragma once

#include "gpu/device.h"

#include <string>
#include <string_view>
#include <vector>

namespace ceems::gpu {

// Replaces each device's virtual functions, and its virtual GPUs by the mediated devices that are made of it
// or of one of those functions: <sysfs>/bus/pci/devices/<address>/virtfn<n>, <sysfs>/bus/mdev/devices/<uuid>.
void read_virtual_gpus(std::vector<Device>& devices, const std::string& sysfs);

// Whether there may be any that the tool tells more about.
bool has_virtual_gpus(const std::vector<Device>& devices);

// Adds what `nvidia-smi vgpu --query` prints: the virtual GPUs in use, with the GPU instances that they have.
// Where such an instance is none of the device's yet, as it has no compute instance, it becomes one, counted
// after all others.
void add_vgpu_query(std::vector<Device>& devices, std::string_view text);

}  // namespace ceems::gpu
