#include "unit/device_permissions.h"

#include "base/text.h"

#include <algorithm>
#include <utility>

namespace ceems::unit {

namespace {

constexpr std::size_t kMostRules = 4096;

// A number, or "*" for any: then the inner optional is empty.
std::optional<std::optional<std::uint32_t>> parse_number(std::string_view text) {
  if (text == "*") return std::optional<std::uint32_t>();
  const auto number = base::parse_u64(text);
  if (!number || *number > UINT32_MAX) return std::nullopt;
  return std::optional(static_cast<std::uint32_t>(*number));
}

class Judge {
 public:
  Judge(const DevicePermissions& permissions, const GpuMajors& majors, const std::vector<MigCapability>& mig)
      : permissions_(permissions), majors_(majors), mig_(mig) {}

  // nullopt: cannot be told.
  std::optional<bool> permits(const GpuSlot& slot) const {
    if (slot.device->vendor == gpu::Vendor::kAmd) {
      const auto& minor = slot.instance != nullptr ? slot.instance->render_minor : slot.device->render_minor;
      if (!minor) return std::nullopt;
      return permissions_.allows(majors_.drm, *minor);
    }
    if (!slot.device->minor) return std::nullopt;
    const auto of_device = permissions_.allows(majors_.nvidia, *slot.device->minor);
    if (!of_device || !*of_device || slot.instance == nullptr) return of_device;
    const gpu::Instance& instance = *slot.instance;
    const auto of_gpu = permits_capability(*slot.device->minor, instance.gpu_instance_id, std::nullopt);
    const auto of_compute =
        permits_capability(*slot.device->minor, instance.gpu_instance_id, instance.compute_instance_id);
    if (!of_gpu || !of_compute) return std::nullopt;
    return *of_gpu && *of_compute;
  }

 private:
  std::optional<bool> permits_capability(std::uint32_t gpu_minor, std::uint32_t gpu_instance,
                                         std::optional<std::uint32_t> compute_instance) const {
    const auto found = std::ranges::find_if(mig_, [&](const MigCapability& one) {
      return one.gpu_minor == gpu_minor && one.gpu_instance_id == gpu_instance &&
             one.compute_instance_id == compute_instance;
    });
    if (found == mig_.end() || !majors_.nvidia_caps) return std::nullopt;
    return permissions_.allows(*majors_.nvidia_caps, found->minor);
  }

  const DevicePermissions& permissions_;
  const GpuMajors& majors_;
  const std::vector<MigCapability>& mig_;
};

}  // namespace

std::optional<DevicePermissions> DevicePermissions::parse(std::string_view text) {
  DevicePermissions permissions;
  std::string_view line;
  while (base::next_line(text, line)) {
    std::string_view type;
    std::string_view device;
    std::string_view access;
    if (!base::next_word(line, type)) continue;
    if (!base::next_word(line, device) || !base::next_word(line, access)) return std::nullopt;
    // "a" is the first and only line where everything is allowed.
    if (type == "a") return std::nullopt;
    const std::size_t colon = device.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto major = parse_number(device.substr(0, colon));
    const auto minor = parse_number(device.substr(colon + 1));
    if (!major || !minor) return std::nullopt;
    const bool both_ways = access.contains('r') && access.contains('w');
    if (type == "c" && both_ways && permissions.rules_.size() < kMostRules) {
      permissions.rules_.push_back({.major = *major, .minor = *minor});
    }
  }
  return permissions;
}

std::optional<DevicePermissions> DevicePermissions::of_programs(std::vector<DeviceProgram> programs) {
  if (programs.empty()) return std::nullopt;
  DevicePermissions permissions;
  permissions.programs_ = std::move(programs);
  return permissions;
}

std::optional<bool> DevicePermissions::allows(std::uint32_t major, std::uint32_t minor) const {
  if (programs_.empty()) {
    return std::ranges::any_of(rules_, [&](const Rule& rule) {
      return rule.major.value_or(major) == major && rule.minor.value_or(minor) == minor;
    });
  }
  bool all = true;
  for (const DeviceProgram& program : programs_) {
    const auto answer = run_device_program(program, major, minor);
    if (!answer) return std::nullopt;
    all = all && *answer;
  }
  return all;
}

GpuMajors parse_gpu_majors(std::string_view text) {
  GpuMajors majors;
  std::string_view line;
  while (base::next_line(text, line)) {
    if (line.starts_with("Block")) break;
    std::string_view number;
    std::string_view name;
    if (!base::next_word(line, number) || !base::next_word(line, name)) continue;
    const auto major = base::parse_u64(number);
    if (!major || *major > UINT32_MAX) continue;
    const auto value = static_cast<std::uint32_t>(*major);
    if (name == "nvidia" || name == "nvidia-frontend") majors.nvidia = value;
    if (name == "nvidia-caps") majors.nvidia_caps = value;
    if (name == "drm") majors.drm = value;
  }
  return majors;
}

std::optional<std::vector<bool>> permitted_slots(const DevicePermissions& permissions,
                                                 const GpuMajors& majors,
                                                 const std::vector<MigCapability>& mig,
                                                 const std::vector<GpuSlot>& slots) {
  const Judge judge(permissions, majors, mig);
  std::vector<bool> permitted;
  for (const GpuSlot& slot : slots) {
    const auto answer = judge.permits(slot);
    if (!answer) return std::nullopt;
    permitted.push_back(*answer);
  }
  return permitted;
}

}  // namespace ceems::unit
