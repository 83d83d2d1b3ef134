#include "unit/kubernetes_devices.h"

#include "base/text.h"
#include "gpu/pci_address.h"
#include "unit/gpu_slots.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace ceems::unit {

namespace {

using gpu::Vendor;

bool is_domain(std::string_view text, std::string_view domain) {
  return text == domain || (text.size() > domain.size() && text.ends_with(domain) &&
                            text[text.size() - domain.size() - 1] == '.');
}

// What follows the last `prefix` that starts the text or stands behind a dash.
std::optional<std::string_view> after(std::string_view text, std::string_view prefix) {
  const std::size_t at = text.rfind(prefix);
  if (at == std::string_view::npos || (at > 0 && text[at - 1] != '-')) return std::nullopt;
  return text.substr(at + prefix.size());
}

bool is_number(std::optional<std::string_view> text, std::optional<std::uint32_t> number) {
  return text && number && base::parse_u64(*text) == *number;
}

// One name, in lower case, and who gave it.
struct Name {
  std::string text;
  std::optional<Vendor> maker;
};

Name parse_name(std::string_view name, std::string_view kind) {
  Name parsed{.text = "", .maker = gpu_maker(kind)};
  if (const std::size_t equals = name.find('='); equals != std::string_view::npos) {
    if (const auto maker = gpu_maker(name.substr(0, equals))) parsed.maker = maker;
    name.remove_prefix(equals + 1);
  }
  parsed.text = base::to_lower(base::trim(name.substr(0, name.find("::"))));
  return parsed;
}

std::string id_of(const GpuSlot& slot) {
  if (slot.instance == nullptr)
    return slot.device->uuid.empty() ? slot.device->kubernetes_id : slot.device->uuid;
  if (!slot.instance->uuid.empty()) return slot.instance->uuid;
  return fmt::format("MIG-{}/{}/{}", slot.device->uuid, slot.instance->gpu_instance_id,
                     slot.instance->compute_instance_id);
}

bool has_id(const GpuSlot& slot, std::string_view text) {
  constexpr std::size_t kShortest = 8;  // to be told from numbers
  const auto is_it = [text](std::string_view id) {
    return !id.empty() &&
           (base::equals_ignoring_case(text, id) ||
            (id.size() >= kShortest && text.size() > id.size() && text[text.size() - id.size() - 1] == '-' &&
             base::equals_ignoring_case(text.substr(text.size() - id.size()), id)));
  };
  if (is_it(id_of(slot))) return true;
  if (slot.instance != nullptr) return false;
  const auto address = gpu::parse_pci_address(text);
  return is_it(slot.device->kubernetes_id) || (address && slot.device->address == address);
}

bool has_number_of_nvidia(const GpuSlot& slot, std::string_view text) {
  const gpu::Device& device = *slot.device;
  if (slot.instance == nullptr)
    return is_number(text, device.number) || is_number(after(text, "gpu-"), device.minor);
  const std::size_t colon = text.find(':');
  return colon != std::string_view::npos && is_number(text.substr(0, colon), device.number) &&
         is_number(text.substr(colon + 1), slot.instance->number);
}

bool has_number_of_amd(const GpuSlot& slot, std::string_view text) {
  const auto minor = slot.instance != nullptr ? slot.instance->render_minor : slot.device->render_minor;
  constexpr std::string_view kRender = "renderd";
  if (const std::size_t at = text.rfind(kRender); at != std::string_view::npos)
    return is_number(text.substr(at + kRender.size()), minor);
  if (const auto rest = after(text, "gpu-")) {
    const std::size_t dash = rest->find('-');
    return dash != std::string_view::npos && is_number(rest->substr(dash + 1), minor);
  }
  return slot.instance == nullptr && is_number(text, slot.device->number);
}

bool is_meant(const GpuSlot& slot, const Name& name) {
  if (name.text.empty()) return false;
  if (has_id(slot, name.text)) return true;
  if (name.maker != slot.device->vendor) return false;
  return slot.device->vendor == Vendor::kNvidia ? has_number_of_nvidia(slot, name.text)
                                                : has_number_of_amd(slot, name.text);
}

}  // namespace

std::optional<Vendor> gpu_maker(std::string_view kind) {
  const std::string host = base::to_lower(kind.substr(0, kind.find('/')));
  if (is_domain(host, "nvidia.com")) return Vendor::kNvidia;
  if (is_domain(host, "amd.com")) return Vendor::kAmd;
  return std::nullopt;
}

std::vector<std::string> gpus_of_pod_device(const kube::PodDevice& device,
                                            const std::vector<gpu::Device>& gpus) {
  const std::vector<GpuSlot> slots = gpu_slots(gpus);
  std::vector<std::string> found;
  const auto add_meant = [&](const std::string& name) {
    const Name parsed = parse_name(name, device.kind);
    for (const GpuSlot& slot : slots) {
      if (!is_meant(slot, parsed)) continue;
      std::string id = id_of(slot);
      if (std::ranges::find(found, id) == found.end()) found.push_back(std::move(id));
    }
  };
  if (device.names.empty()) return found;
  // The name in the pool says less than those of CDI.
  for (std::size_t i = 0; i + 1 < device.names.size(); ++i)
    add_meant(device.names[i]);
  if (found.empty()) add_meant(device.names.back());
  return found;
}

}  // namespace ceems::unit
