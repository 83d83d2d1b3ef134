// For tests: devices as lines, see tests/data/gpu/devices.txt.
#pragma once

#include "gpu/device.h"

#include <string>
#include <vector>

#include <fmt/format.h>

namespace ceems::gpu {

inline std::string or_dash(const std::string& text) {
  return text.empty() ? "-" : text;
}

inline std::string or_dash(const std::optional<std::uint32_t>& number) {
  return number ? fmt::to_string(*number) : "-";
}

inline std::string text_of(const std::vector<Device>& devices) {
  std::string text;
  for (const Device& device : devices) {
    text += fmt::format("device {} {} {} {} minor={} sm={}{}{} {}\n", device.number, or_dash(device.index),
                        or_dash(device.uuid), device.address ? print_pci_address(*device.address) : "-",
                        or_dash(device.minor), or_dash(device.sm_count), device.divided ? " divided" : "",
                        device.vgpu ? " vgpu" : "", or_dash(device.name));
    for (const Instance& one : device.instances) {
      text +=
          fmt::format("  part {} number={} instance={}.{} {} sm={}\n", or_dash(one.index), one.number,
                      one.gpu_instance_id, one.compute_instance_id, or_dash(one.uuid), or_dash(one.sm_count));
    }
  }
  return text;
}

}  // namespace ceems::gpu
