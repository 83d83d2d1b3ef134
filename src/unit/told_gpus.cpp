#include "unit/told_gpus.h"

#include "base/text.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>

namespace ceems::unit {

namespace {

using Places = std::vector<std::size_t>;

// The slot of a device, or of that GPU instance of it; of several compute instances the first.
Places place_on(const gpu::Device& device, std::optional<std::uint32_t> gpu_instance_id,
                const std::vector<GpuSlot>& slots) {
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const GpuSlot& slot = slots[i];
    if (slot.device != &device) continue;
    if (slot.instance == nullptr) return {i};
    if (gpu_instance_id && slot.instance->gpu_instance_id == *gpu_instance_id) return {i};
  }
  return {};
}

Places all_of(const gpu::Device& device, const std::vector<GpuSlot>& slots) {
  Places places;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (slots[i].device == &device) places.push_back(i);
  }
  return places;
}

// Devices in the order of slots, each once.
std::vector<const gpu::Device*> devices_of(const std::vector<GpuSlot>& slots) {
  std::vector<const gpu::Device*> devices;
  for (const GpuSlot& slot : slots) {
    if (devices.empty() || devices.back() != slot.device) devices.push_back(slot.device);
  }
  return devices;
}

std::optional<std::uint32_t> instance_of_vm(const gpu::Device& device, std::string_view vm) {
  const auto found = std::ranges::find_if(device.virtual_gpus, [&](const gpu::VirtualGpu& one) {
    return one.mdev.empty() && !vm.empty() && base::equals_ignoring_case(one.vm, vm);
  });
  return found == device.virtual_gpus.end() ? std::nullopt : found->gpu_instance_id;
}

Places places_of_address(const gpu::PciAddress& address, std::string_view vm,
                         const std::vector<GpuSlot>& slots) {
  for (const gpu::Device* device : devices_of(slots)) {
    if (device->address == address) return all_of(*device, slots);
    if (std::ranges::find(device->virtual_functions, address) == device->virtual_functions.end()) continue;
    return place_on(*device, instance_of_vm(*device, vm), slots);
  }
  return {};
}

Places places_of_mdev(std::string_view mdev, const std::vector<GpuSlot>& slots) {
  for (const gpu::Device* device : devices_of(slots)) {
    const auto found = std::ranges::find_if(device->virtual_gpus, [&](const gpu::VirtualGpu& one) {
      return base::equals_ignoring_case(one.mdev, mdev);
    });
    if (found != device->virtual_gpus.end()) return place_on(*device, found->gpu_instance_id, slots);
  }
  return {};
}

}  // namespace

GpuRequest request_of_told(const GpuClaim& claim, const std::vector<GpuSlot>& slots) {
  std::map<std::size_t, std::uint64_t> times;
  const auto add = [&](const Places& places) {
    for (const std::size_t place : places)
      ++times[place];
  };
  GpuClaim one;
  for (const std::string& index : claim.indices) {
    one.indices = {index};
    add(slots_of_claim(one, slots));
  }
  one.indices.clear();
  for (const std::string& uuid : claim.uuids) {
    one.uuids = {uuid};
    add(slots_of_claim(one, slots));
  }
  for (const gpu::PciAddress& address : claim.addresses)
    add(places_of_address(address, claim.vm, slots));
  for (const std::string& mdev : claim.mdevs)
    add(places_of_mdev(mdev, slots));
  GpuRequest request;
  for (const auto& [slot, count] : times) {
    request.slots.push_back(slot);
    request.times.push_back(count);
  }
  return request;
}

std::size_t unmatched_in(const GpuClaim& claim, const std::vector<GpuSlot>& slots) {
  const auto unmatched_addresses = std::ranges::count_if(claim.addresses, [&](const gpu::PciAddress& one) {
    return places_of_address(one, claim.vm, slots).empty();
  });
  const auto unmatched_mdevs = std::ranges::count_if(
      claim.mdevs, [&](const std::string& one) { return places_of_mdev(one, slots).empty(); });
  return static_cast<std::size_t>(unmatched_addresses + unmatched_mdevs);
}

}  // namespace ceems::unit
