#include "gpu/device_order.h"

#include "base/text.h"

#include <fmt/format.h>

namespace ceems::gpu {

base::Result<DeviceOrder> DeviceOrder::parse(std::string_view text) {
  DeviceOrder order;
  for (std::string_view item : base::split(text, ',')) {
    item = base::trim(item);
    const std::size_t colon = item.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view place = base::trim(item.substr(colon + 1));
    const std::size_t dot = place.find('.');
    const auto index = base::parse_u64(base::trim(item.substr(0, colon)));
    const auto device = base::parse_u64(base::trim(place.substr(0, dot)));
    std::optional<std::uint64_t> instance;
    if (dot != std::string_view::npos) instance = base::parse_u64(base::trim(place.substr(dot + 1)));
    if (!index || !device || (dot != std::string_view::npos && !instance)) {
      return base::fail(base::ErrorCode::kInvalid, item,
                        "is not <index>:<device> or <index>:<device>.<GPU instance id>");
    }
    order.items_.push_back({.index = fmt::to_string(*index), .device = *device, .gpu_instance_id = instance});
  }
  return order;
}

void DeviceOrder::apply(std::vector<Device>& devices) const {
  for (const Item& item : items_) {
    if (item.device >= devices.size()) continue;
    Device& device = devices[item.device];
    if (!item.gpu_instance_id) {
      if (!device.divided) device.index = item.index;
      continue;
    }
    for (Instance& instance : device.instances) {
      if (instance.gpu_instance_id == *item.gpu_instance_id) instance.index = item.index;
    }
  }
}

}  // namespace ceems::gpu
