// Other indices for devices than those they have by themselves, for a resource manager that counts them
// differently. Immutable, thread-safe.
#pragma once

#include "base/result.h"
#include "gpu/device.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::gpu {

class DeviceOrder {
 public:
  DeviceOrder() = default;
  // "<index>:<device>[.<GPU instance id>],…": "0:1,1:0.3,2:0.5" makes device 1 the first, and instances 3 and
  // 5 of device 0 those that follow. A device is named by its number among all. Items without a colon are
  // ignored; kInvalid for one that has other than numbers.
  static base::Result<DeviceOrder> parse(std::string_view text);

  // Those that the order does not name keep the index they have.
  void apply(std::vector<Device>& devices) const;

 private:
  struct Item {
    std::string index;
    std::uint64_t device = 0;
    std::optional<std::uint64_t> gpu_instance_id;
  };
  std::vector<Item> items_;
};

}  // namespace ceems::gpu
