#include "gpu/amd_smi.h"

#include "base/text.h"
#include "gpu/json_text.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

namespace ceems::gpu {

namespace {

using boost::json::value;

// What either tool says of one GPU or partition.
struct Entry {
  std::uint32_t ordinal = 0;
  std::string serial;  // of the board
  std::string asic;    // of the chip
  std::string name;
  std::string compute_partition;
  std::optional<std::uint32_t> partition_id;
  std::optional<PciAddress> address;
  std::optional<std::uint32_t> compute_units;
};

bool is_partition(const Entry& entry) {
  // Modes with more than one partition; "spx" is the undivided GPU.
  constexpr std::array<std::string_view, 4> kModes{"dpx", "tpx", "qpx", "cpx"};
  return std::ranges::find(kModes, base::to_lower(entry.compute_partition)) != kModes.end();
}

// What the entries of one GPU have in common. Partitions are functions of one PCI device.
std::string key_of(const Entry& entry) {
  if (!entry.serial.empty()) return entry.serial;
  if (!entry.asic.empty()) return entry.asic;
  if (!entry.address) return fmt::format("entry {}", entry.ordinal);
  PciAddress address = *entry.address;
  if (is_partition(entry)) address.function = 0;
  return print_pci_address(address);
}

std::vector<Device> group(std::vector<Entry> entries) {
  std::ranges::sort(entries, {}, &Entry::ordinal);
  std::vector<Device> devices;
  for (Entry& entry : entries) {
    const std::string key = key_of(entry);
    auto device = std::ranges::find(devices, key, &Device::uuid);
    if (device == devices.end()) {
      if (devices.size() == kMostDevices) break;
      devices.push_back({});
      device = std::prev(devices.end());
      device->vendor = Vendor::kAmd;
      device->number = static_cast<std::uint32_t>(devices.size() - 1);
      device->uuid = key;
      device->name = entry.name;
      device->address = entry.address;
      device->divided = is_partition(entry);
      if (!device->divided) {
        device->index = fmt::to_string(entry.ordinal);
        device->sm_count = entry.compute_units;
      }
    }
    if (!device->divided || device->instances.size() == kMostInstances) continue;
    Instance instance;
    instance.index = fmt::to_string(entry.ordinal);
    instance.number = entry.partition_id.value_or(static_cast<std::uint32_t>(device->instances.size()));
    instance.gpu_instance_id = instance.number;
    instance.sm_count = entry.compute_units;
    device->instances.push_back(std::move(instance));
  }
  return devices;
}

// Of an older amd-smi the array itself, of a newer one an object around it.
const boost::json::array* entries_of(const value& root) {
  if (root.is_array()) return &root.get_array();
  const value* inner = member(&root, "gpu_data");
  return inner != nullptr && inner->is_array() ? &inner->get_array() : nullptr;
}

Entry parse_amd_entry(const value& one, std::uint32_t position) {
  const value* asic = member(&one, "asic");
  const value* board = member(&one, "board");
  const value* partition = member(&one, "partition");
  Entry entry;
  entry.ordinal = number_member(&one, "gpu").value_or(position);
  entry.serial = text_member(board, "product_serial");
  entry.asic = text_member(asic, "asic_serial");
  entry.name = text_member(board, "product_name");
  if (entry.name.empty()) entry.name = text_member(asic, "market_name");
  entry.compute_partition = text_member(partition, "compute_partition");
  if (entry.compute_partition.empty()) {
    entry.compute_partition = text_member(partition, "accelerator_partition");
  }
  entry.partition_id = number_member(partition, "partition_id");
  entry.address = parse_pci_address(text_member(member(&one, "bus"), "bdf"));
  entry.compute_units = number_member(asic, "num_compute_units");
  if (entry.compute_units == 0) entry.compute_units.reset();
  return entry;
}

}  // namespace

base::Result<std::vector<Device>> parse_amd_smi(std::string_view text) {
  const std::optional<value> root = find_json(text);
  const boost::json::array* list = root ? entries_of(*root) : nullptr;
  if (list == nullptr) {
    return base::fail(base::ErrorCode::kInvalid, "amd-smi", "did not print what can be read");
  }
  std::vector<Entry> entries;
  for (const value& one : *list) {
    if (entries.size() == kMostDevices * kMostInstances) break;
    if (one.is_object()) entries.push_back(parse_amd_entry(one, static_cast<std::uint32_t>(entries.size())));
  }
  return group(std::move(entries));
}

base::Result<std::vector<Device>> parse_rocm_smi(std::string_view text) {
  const std::optional<value> root = find_json(text);
  if (!root || !root->is_object()) {
    return base::fail(base::ErrorCode::kInvalid, "rocm-smi", "did not print what can be read");
  }
  constexpr std::string_view kCard = "card";
  std::vector<std::pair<std::uint64_t, const value*>> cards;
  for (const auto& [name, card] : root->get_object()) {
    const std::string_view key(name);
    if (!key.starts_with(kCard)) continue;
    const auto number = base::parse_u64(key.substr(kCard.size()));
    if (number && cards.size() < kMostDevices * kMostInstances) cards.emplace_back(*number, &card);
  }
  std::ranges::sort(cards);
  std::vector<Entry> entries;
  for (const auto& [number, card] : cards) {
    Entry entry;
    entry.ordinal = static_cast<std::uint32_t>(entries.size());
    entry.serial = text_member(card, "Serial Number");
    entry.asic = text_member(card, "Unique ID");
    entry.name = text_member(card, "Card Vendor");
    entry.compute_partition = text_member(card, "Compute Partition");
    entry.address = parse_pci_address(text_member(card, "PCI Bus"));
    entries.push_back(std::move(entry));
  }
  return group(std::move(entries));
}

}  // namespace ceems::gpu
