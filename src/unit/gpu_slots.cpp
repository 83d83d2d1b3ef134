#include "unit/gpu_slots.h"

#include "base/text.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <string_view>

namespace ceems::unit {

namespace {

// As SLURM may write a MIG device's name: "MIG-GPU-<uuid>/<GPU instance>/<compute instance>".
std::string legacy_mig_name(const GpuSlot& slot) {
  return fmt::format("MIG-{}/{}/{}", slot.device->uuid, slot.instance->gpu_instance_id,
                     slot.instance->compute_instance_id);
}

bool has_uuid(const GpuSlot& slot, std::string_view uuid) {
  if (uuid.empty()) return false;
  if (slot.instance == nullptr) {
    return base::equals_ignoring_case(slot.device->uuid, uuid) ||
           base::equals_ignoring_case(slot.device->kubernetes_id, uuid);
  }
  if (!slot.instance->uuid.empty() && base::equals_ignoring_case(slot.instance->uuid, uuid)) return true;
  return base::equals_ignoring_case(legacy_mig_name(slot), uuid);
}

bool is_named(const GpuSlot& slot, const GpuClaim& claim) {
  const std::string& index = slot.instance != nullptr ? slot.instance->index : slot.device->index;
  if (!index.empty() && std::ranges::find(claim.indices, index) != claim.indices.end()) return true;
  return std::ranges::any_of(claim.uuids, [&](const std::string& uuid) { return has_uuid(slot, uuid); });
}

// Which slots the files of a line stand for.
class FilesOf {
 public:
  FilesOf(const GresLine& line, const std::vector<MigCapability>& mig) : line_(line), mig_(mig) {}

  bool have(const GpuSlot& slot) const {
    using enum GresFile::Kind;
    const auto& render = slot.instance != nullptr ? slot.instance->render_minor : slot.device->render_minor;
    if (has(kRender, render)) return true;
    if (!has(kNvidia, slot.device->minor)) return false;
    if (slot.instance == nullptr) return true;
    return std::ranges::any_of(mig_, [&](const MigCapability& one) {
      return one.gpu_minor == slot.device->minor && has(kNvidiaCapability, one.minor) &&
             one.gpu_instance_id == slot.instance->gpu_instance_id && tells(one, *slot.instance);
    });
  }

 private:
  bool has(GresFile::Kind kind, std::optional<std::uint32_t> minor) const {
    if (!minor) return false;
    return std::ranges::find(line_.files, GresFile{.kind = kind, .minor = *minor}) != line_.files.end();
  }
  // The file of a GPU instance stands for its compute instances unless one of theirs is there too.
  bool tells(const MigCapability& capability, const gpu::Instance& instance) const {
    if (capability.compute_instance_id)
      return *capability.compute_instance_id == instance.compute_instance_id;
    return std::ranges::none_of(mig_, [&](const MigCapability& one) {
      return one.compute_instance_id && one.gpu_minor == capability.gpu_minor &&
             one.gpu_instance_id == capability.gpu_instance_id &&
             has(GresFile::Kind::kNvidiaCapability, one.minor);
    });
  }

  const GresLine& line_;
  const std::vector<MigCapability>& mig_;
};

}  // namespace

std::vector<GpuSlot> gpu_slots(const std::vector<gpu::Device>& devices) {
  std::vector<GpuSlot> slots;
  for (const gpu::Device& device : devices) {
    if (!device.divided) slots.push_back({.device = &device, .instance = nullptr});
    for (const gpu::Instance& instance : device.instances)
      slots.push_back({.device = &device, .instance = &instance});
  }
  return slots;
}

std::vector<std::size_t> slots_of_claim(const GpuClaim& claim, const std::vector<GpuSlot>& slots) {
  std::vector<std::size_t> named;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (is_named(slots[i], claim)) named.push_back(i);
  }
  return named;
}

std::vector<std::uint64_t> available_shares(const GresConf& conf, const std::vector<MigCapability>& mig,
                                            const std::vector<GpuSlot>& slots, bool compat) {
  std::vector<std::uint64_t> available(slots.size(), 0);
  for (const GresLine& line : conf.lines) {
    if (line.files.empty() && line.count > 0 && !slots.empty()) {
      const std::uint64_t each = compat ? line.count : std::max<std::uint64_t>(1, line.count / slots.size());
      std::ranges::fill(available, each);
      if (compat) break;
      continue;
    }
    const FilesOf files(line, mig);
    for (std::size_t i = 0; i < slots.size(); ++i) {
      if (files.have(slots[i])) available[i] = line.count;
    }
  }
  return available;
}

std::vector<GpuShare> share_out(const std::vector<GpuRequest>& requests,
                                const std::vector<std::uint64_t>& available, bool compat) {
  std::vector<std::uint64_t> left = available;
  std::vector<std::uint64_t> given(available.size(), 0);
  std::vector<std::uint64_t> times(available.size(), 0);  // all units'
  std::vector<std::size_t> order(requests.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return std::pair(requests[i].slots.size(), i); });
  struct Part {
    GpuShare share;
    std::uint64_t shares;
    std::uint64_t times;
    bool is_told;
  };
  std::vector<Part> parts;
  for (const std::size_t i : order) {
    std::uint64_t wanted = requests[i].shares;
    for (std::size_t k = 0; k < requests[i].slots.size(); ++k) {
      const std::size_t slot = requests[i].slots[k];
      const std::uint64_t own_times = requests[i].times.empty() ? 1 : requests[i].times[k];
      const std::uint64_t got = std::min(wanted, left[slot]);
      left[slot] -= got;
      wanted -= got;
      given[slot] += got;
      times[slot] += own_times;
      parts.push_back({.share = {.request = i, .slot = slot, .weight = 1},
                       .shares = got,
                       .times = own_times,
                       .is_told = !requests[i].times.empty()});
    }
  }
  std::vector<GpuShare> shares;
  shares.reserve(parts.size());
  for (Part& part : parts) {
    const std::size_t slot = part.share.slot;
    if (given[slot] > 0 && (part.shares > 0 || !compat)) {
      part.share.weight = static_cast<double>(part.shares) / static_cast<double>(given[slot]);
    } else if (!compat || part.is_told) {
      part.share.weight = static_cast<double>(part.times) / static_cast<double>(times[slot]);
    }
    shares.push_back(part.share);
  }
  return shares;
}

}  // namespace ceems::unit
