#include "gpu/virtual_gpus.h"

#include "base/file.h"
#include "base/text.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <system_error>

#include <fmt/format.h>

namespace ceems::gpu {

namespace {

constexpr std::size_t kLongestUuid = 64;

std::string_view last_component(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

// Where a link of sysfs leads, as text; "" if it is none.
std::string target_of(const std::string& link) {
  std::error_code error;
  return std::filesystem::read_symlink(link, error).string();
}

void read_functions(Device& device, const std::string& sysfs) {
  device.virtual_functions.clear();
  if (!device.address) return;
  const std::string directory =
      base::join_path(base::join_path(sysfs, "bus/pci/devices"), print_pci_address(*device.address));
  const auto names = base::list_directory(directory);
  if (!names) return;
  for (const std::string& name : *names) {
    if (!name.starts_with("virtfn")) continue;
    if (device.virtual_functions.size() == kMostVirtualFunctions) return;
    const auto address = parse_pci_address(last_component(target_of(base::join_path(directory, name))));
    if (address) device.virtual_functions.push_back(*address);
  }
}

bool could_be_uuid(std::string_view text) {
  return !text.empty() && text.size() <= kLongestUuid && std::ranges::all_of(text, [](char c) {
    return c == '-' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
}

Device* device_with(std::vector<Device>& devices, const PciAddress& address) {
  for (Device& device : devices) {
    if (device.address == address) return &device;
    if (std::ranges::find(device.virtual_functions, address) != device.virtual_functions.end())
      return &device;
  }
  return nullptr;
}

// A record of one virtual GPU in the tool's text.
struct Record {
  std::string_view mdev;
  std::string_view vm;
  std::string_view gpu_instance;

  bool is_empty() const { return mdev.empty() && vm.empty() && gpu_instance.empty(); }
};

std::optional<std::uint32_t> number_in(std::string_view text) {
  const auto value = base::parse_u64(text);
  if (!value || *value >= std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(*value);
}

std::string uuid_in(std::string_view text) {
  return could_be_uuid(text) && text != "N/A" ? base::to_lower(text) : "";
}

void take(Device* device, const Record& record) {
  if (device == nullptr || record.is_empty()) return;
  VirtualGpu one{.mdev = uuid_in(record.mdev),
                 .vm = uuid_in(record.vm),
                 .gpu_instance_id = number_in(record.gpu_instance)};
  if (one.mdev.empty() && one.vm.empty()) return;
  const auto known = std::ranges::find_if(device->virtual_gpus, [&](const VirtualGpu& other) {
    return !one.mdev.empty() && other.mdev == one.mdev;
  });
  if (known != device->virtual_gpus.end()) {
    *known = std::move(one);
  } else if (device->virtual_gpus.size() < kMostVirtualGpus) {
    device->virtual_gpus.push_back(std::move(one));
  }
}

// Instances that no compute instance was seen in.
void add_instances(std::vector<Device>& devices) {
  std::size_t next = 0;
  for (const Device& device : devices)
    next += (device.divided ? 0 : 1) + device.instances.size();
  for (Device& device : devices) {
    if (!device.divided) continue;
    for (const VirtualGpu& one : device.virtual_gpus) {
      if (!one.gpu_instance_id || device.instances.size() == kMostInstances) continue;
      const bool is_known = std::ranges::find(device.instances, *one.gpu_instance_id,
                                              &Instance::gpu_instance_id) != device.instances.end();
      if (is_known) continue;
      Instance instance;
      instance.index = fmt::format("{}", next++);
      instance.number = static_cast<std::uint32_t>(device.instances.size());
      instance.gpu_instance_id = *one.gpu_instance_id;
      device.instances.push_back(std::move(instance));
    }
  }
}

}  // namespace

void read_virtual_gpus(std::vector<Device>& devices, const std::string& sysfs) {
  for (Device& device : devices) {
    read_functions(device, sysfs);
    device.virtual_gpus.clear();
  }
  const std::string bus = base::join_path(sysfs, "bus/mdev/devices");
  const auto names = base::list_directory(bus);
  if (!names) return;
  for (const std::string& name : *names) {
    if (!could_be_uuid(name)) continue;
    // ../../../devices/pci0000:40/0000:40:01.0/0000:41:00.4/<uuid>
    const std::string target = target_of(base::join_path(bus, name));
    const auto parent = parse_pci_address(last_component(base::parent_path(target)));
    Device* const device = parent ? device_with(devices, *parent) : nullptr;
    if (device == nullptr || device->virtual_gpus.size() == kMostVirtualGpus) continue;
    device->virtual_gpus.push_back({.mdev = base::to_lower(name), .vm = "", .gpu_instance_id = std::nullopt});
  }
}

bool has_virtual_gpus(const std::vector<Device>& devices) {
  return std::ranges::any_of(devices, [](const Device& device) {
    return device.vendor == Vendor::kNvidia &&
           (device.vgpu || !device.virtual_functions.empty() || !device.virtual_gpus.empty());
  });
}

void add_vgpu_query(std::vector<Device>& devices, std::string_view text) {
  constexpr std::string_view kGpu = "GPU ";
  Device* device = nullptr;
  Record record;
  const auto finish = [&] {
    take(device, record);
    record = {};
  };
  const auto set = [&](std::string_view& field, std::string_view value) {
    // Older tools do not say where a record starts: a field that comes again is another one's.
    if (!field.empty()) finish();
    field = value;
  };
  std::string_view line;
  while (base::next_line(text, line)) {
    if (line.starts_with(kGpu)) {
      if (const auto address = parse_pci_address(line.substr(kGpu.size()))) {
        finish();
        device = device_with(devices, *address);
        continue;
      }
    }
    const std::size_t colon = line.find(" : ");
    const std::size_t end = colon == std::string_view::npos ? line.find(':') : colon + 1;
    if (end == std::string_view::npos) continue;
    const std::string_view key = base::trim(line.substr(0, end));
    const std::string_view value = base::trim(line.substr(end + 1));
    if (key == "vGPU ID") {
      finish();
    } else if (key == "MDEV UUID") {
      set(record.mdev, value);
    } else if (key == "VM UUID") {
      set(record.vm, value);
    } else if (key == "GPU Instance ID") {
      set(record.gpu_instance, value);
    }
  }
  finish();
  add_instances(devices);
}

}  // namespace ceems::gpu
