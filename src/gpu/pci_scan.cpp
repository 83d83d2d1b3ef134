#include "gpu/pci_scan.h"

#include "base/file.h"
#include "base/text.h"

#include <algorithm>
#include <string_view>

namespace ceems::gpu {

std::vector<Vendor> scan_for_gpus(const std::string& sysfs) {
  constexpr std::size_t kLongest = 64;
  const std::string bus = base::join_path(sysfs, "bus/pci/devices");
  std::vector<Vendor> found;
  const auto names = base::list_directory(bus);
  if (!names) return found;
  for (const std::string& name : *names) {
    const std::string directory = base::join_path(bus, name);
    const auto device_class = base::read_file(base::join_path(directory, "class"), kLongest);
    if (!device_class || (!device_class->starts_with("0x03") && !device_class->starts_with("0x12"))) continue;
    const auto vendor = base::read_file(base::join_path(directory, "vendor"), kLongest);
    if (!vendor) continue;
    const std::string_view id = base::trim(*vendor);
    if (id != "0x10de" && id != "0x1002") continue;
    const Vendor one = id == "0x10de" ? Vendor::kNvidia : Vendor::kAmd;
    if (std::ranges::find(found, one) == found.end()) found.push_back(one);
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace ceems::gpu
