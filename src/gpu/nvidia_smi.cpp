#include "gpu/nvidia_smi.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string>

#include <pugixml.hpp>

namespace ceems::gpu {

namespace {

struct Product {
  std::string_view word;
  std::uint32_t sm_count;
};

// NVIDIA's data sheets and architecture papers.
constexpr std::array kProducts{
    Product{"P100", 56},  Product{"V100", 80},   Product{"V100S", 80}, Product{"T4", 40},
    Product{"A100", 108}, Product{"A100X", 108}, Product{"A800", 108}, Product{"A30", 56},
    Product{"A30X", 56},  Product{"A40", 84},    Product{"A10", 72},   Product{"A10G", 80},
    Product{"A16", 10},   Product{"A2", 10},     Product{"A6000", 84}, Product{"A5000", 64},
    Product{"A4000", 48}, Product{"H100", 132},  Product{"H800", 132}, Product{"H200", 132},
    Product{"H20", 78},   Product{"GH200", 132}, Product{"L4", 58},    Product{"L40", 142},
    Product{"L40S", 142}, Product{"L20", 92},    Product{"B200", 148}, Product{"GB200", 148},
};
constexpr std::uint32_t kSmCountOfHopperOnPcie = 114;

std::uint32_t number_or(const pugi::xml_node& node, std::uint32_t otherwise) {
  const auto value = base::parse_u64(base::trim(node.child_value()));
  return value && *value <= std::numeric_limits<std::uint32_t>::max() ? static_cast<std::uint32_t>(*value)
                                                                      : otherwise;
}

std::optional<std::uint32_t> number(const pugi::xml_node& node) {
  constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
  const std::uint32_t value = number_or(node, kNone);
  return value == kNone ? std::nullopt : std::optional(value);
}

std::string_view text_of(const pugi::xml_node& node) {
  return base::trim(node.child_value());
}

std::optional<Instance> parse_instance(const pugi::xml_node& node) {
  const auto index = number(node.child("index"));
  const auto gpu_instance = number(node.child("gpu_instance_id"));
  const auto compute_instance = number(node.child("compute_instance_id"));
  if (!index || !gpu_instance || !compute_instance) return std::nullopt;
  Instance instance;
  instance.number = *index;
  instance.gpu_instance_id = *gpu_instance;
  instance.compute_instance_id = *compute_instance;
  const std::string_view uuid = text_of(node.child("uuid"));
  if (uuid.starts_with("MIG-")) instance.uuid = uuid;
  const auto multiprocessors =
      number(node.child("device_attributes").child("shared").child("multiprocessor_count"));
  if (multiprocessors && *multiprocessors > 0) instance.sm_count = multiprocessors;
  return instance;
}

bool is_vgpu_host(const pugi::xml_node& node) {
  const std::string mode = base::to_lower(text_of(node.child("virtualization_mode")));
  return mode == "vgpu" || mode == "host vgpu";
}

std::optional<Device> parse_device(const pugi::xml_node& node) {
  Device device;
  device.vendor = Vendor::kNvidia;
  device.uuid = text_of(node.child("uuid"));
  if (!device.uuid.starts_with("GPU-")) return std::nullopt;
  device.name = text_of(node.child("product_name"));
  device.minor = number(node.child("minor_number"));
  device.address = parse_pci_address(node.attribute("id").value());
  if (!device.address) device.address = parse_pci_address(text_of(node.child("pci").child("pci_bus_id")));
  device.sm_count = sm_count_of_product(device.name);
  device.divided =
      base::equals_ignoring_case(text_of(node.child("mig_mode").child("current_mig")), "enabled");
  device.vgpu = is_vgpu_host(node.child("gpu_virtualization_mode"));
  if (!device.divided) return device;
  for (const pugi::xml_node& mig : node.child("mig_devices").children("mig_device")) {
    if (device.instances.size() == kMostInstances) break;
    if (auto instance = parse_instance(mig)) device.instances.push_back(*std::move(instance));
  }
  std::ranges::sort(device.instances, {}, &Instance::number);
  return device;
}

// The document without what was printed around it.
std::string_view document_in(std::string_view text) {
  constexpr std::string_view kStart = "<nvidia_smi_log";
  constexpr std::string_view kEnd = "</nvidia_smi_log>";
  const std::size_t start = text.find(kStart);
  if (start == std::string_view::npos) return "";
  const std::size_t end = text.find(kEnd, start);
  if (end == std::string_view::npos) return text.substr(start);
  return text.substr(start, end + kEnd.size() - start);
}

}  // namespace

std::optional<std::uint32_t> sm_count_of_product(std::string_view name) {
  std::optional<std::uint32_t> count;
  bool on_pcie = false;
  std::size_t begin = 0;
  while (begin <= name.size()) {
    const std::size_t end = std::min(name.find_first_of(" -", begin), name.size());
    const std::string_view word = name.substr(begin, end - begin);
    begin = end + 1;
    on_pcie |= word == "PCIe";
    const auto product = std::ranges::find(kProducts, word, &Product::word);
    if (product != kProducts.end() && !count) count = product->sm_count;
  }
  const bool is_hopper =
      name.find("H100") != std::string_view::npos || name.find("H800") != std::string_view::npos;
  if (count && on_pcie && is_hopper) return kSmCountOfHopperOnPcie;
  return count;
}

base::Result<std::vector<Device>> parse_nvidia_smi(std::string_view text) {
  const std::string_view document = document_in(text);
  pugi::xml_document xml;
  const pugi::xml_parse_result parsed =
      xml.load_buffer(document.data(), document.size(), pugi::parse_default, pugi::encoding_utf8);
  if (document.empty() || !parsed) {
    return base::fail(base::ErrorCode::kInvalid, "nvidia-smi", "no document that can be read: {}",
                      document.empty() ? "nothing that looks like one" : parsed.description());
  }
  std::vector<Device> devices;
  std::size_t nameless = 0;
  for (const pugi::xml_node& node : xml.child("nvidia_smi_log").children("gpu")) {
    if (devices.size() == kMostDevices) break;
    auto device = parse_device(node);
    if (!device || std::ranges::find(devices, device->uuid, &Device::uuid) != devices.end()) {
      ++nameless;
      continue;
    }
    device->number = static_cast<std::uint32_t>(devices.size());
    devices.push_back(*std::move(device));
  }
  if (devices.empty() && nameless > 0) {
    return base::fail(base::ErrorCode::kInvalid, "nvidia-smi", "none of {} GPUs has a UUID", nameless);
  }
  number_devices(devices);
  return devices;
}

bool lacks_mig_uuids(const std::vector<Device>& devices) {
  return std::ranges::any_of(devices, [](const Device& device) {
    return std::ranges::any_of(device.instances, [](const Instance& one) { return one.uuid.empty(); });
  });
}

void add_mig_uuids(std::vector<Device>& devices, std::string_view list) {
  constexpr std::string_view kUuid = "(UUID: ";
  Device* current = nullptr;
  std::string_view line;
  while (base::next_line(list, line)) {
    const std::size_t at = line.find(kUuid);
    const std::size_t end = at == std::string_view::npos ? at : line.find(')', at);
    if (end == std::string_view::npos) continue;
    const std::string_view uuid = line.substr(at + kUuid.size(), end - at - kUuid.size());
    if (line.starts_with("GPU ")) {
      const auto device = std::ranges::find(devices, uuid, &Device::uuid);
      current = device == devices.end() ? nullptr : &*device;
      continue;
    }
    // "  MIG 1g.18gb     Device  0: (UUID: MIG-…)"
    if (current == nullptr || !base::trim(line).starts_with("MIG ") || !uuid.starts_with("MIG-")) continue;
    std::string_view rest = line.substr(0, at);
    std::string_view word;
    std::string_view last;
    while (base::next_word(rest, word))
      last = word;
    if (!last.ends_with(':')) continue;
    const auto wanted = base::parse_u64(last.substr(0, last.size() - 1));
    const auto instance = std::ranges::find_if(
        current->instances, [&](const Instance& one) { return wanted && one.number == *wanted; });
    if (instance != current->instances.end()) instance->uuid = uuid;
  }
}

}  // namespace ceems::gpu
