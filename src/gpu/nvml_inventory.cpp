#include "gpu/nvml_inventory.h"

#include "gpu/nvml_values.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace ceems::gpu {

namespace {

constexpr std::uint32_t kMaxMultiprocessors = 100'000;
constexpr std::uint32_t kMaxSlices = 64;

// None for 0, which stands for "not known", and for what is too much.
std::optional<std::uint32_t> count_up_to(std::uint32_t value, std::uint32_t max) {
  return value == 0 || value > max ? std::nullopt : std::optional(value);
}

class Lister {
 public:
  Lister(const NvmlFunctions& functions, NvmlFaults& faults) : f_(functions), faults_(faults) {}

  std::vector<NvmlDeviceHandle> list() {
    std::uint32_t count = 0;
    if (!faults_.call("count", f_.count, &count)) return {};
    std::vector<NvmlDeviceHandle> devices;
    for (std::uint32_t i = 0; i < std::min(count, kMaxNvmlDevices); ++i) {
      NvmlDeviceHandle one;
      if (!faults_.call("handle", f_.by_index, i, &one.device)) continue;
      one.info.index = i;
      one.info.uuid = text("uuid", f_.uuid, one.device);
      const auto same = [&](const NvmlDeviceHandle& other) { return other.info.uuid == one.info.uuid; };
      if (one.info.uuid.empty() || std::ranges::any_of(devices, same)) continue;
      describe(one);
      devices.push_back(std::move(one));
    }
    return devices;
  }

  // Calls `visit` with the index, handle and both ids of each MIG device.
  template <class Visit>
  void each_mig_device(nvml::Device device, Visit visit) {
    std::uint32_t most = 0;
    if (!faults_.call("MIG devices", f_.max_mig_devices, device, &most)) return;
    for (std::uint32_t i = 0; i < std::min(most, kMaxMigDevices); ++i) {
      nvml::Device mig = nullptr;
      std::uint32_t gpu_instance = nvml::kNoInstance;
      std::uint32_t compute_instance = nvml::kNoInstance;
      if (!faults_.call("MIG device", f_.mig_device, device, i, &mig)) continue;
      if (!faults_.call("GPU instance", f_.gpu_instance, mig, &gpu_instance)) continue;
      if (!faults_.call("compute instance", f_.compute_instance, mig, &compute_instance)) continue;
      visit(i, mig, gpu_instance, compute_instance);
    }
  }

  bool mig_enabled(nvml::Device device) {
    std::uint32_t current = 0;
    std::uint32_t pending = 0;
    return faults_.call("MIG mode", f_.mig_mode, device, &current, &pending) && current == nvml::kMigEnabled;
  }

 private:
  std::string text(std::string_view what, NvmlFunctions::DeviceText function, nvml::Device device) {
    std::array<char, nvml::kTextSize> buffer{};
    const bool told = faults_.call(what, function, device, buffer.data(), std::uint32_t{nvml::kTextSize});
    return told ? nvml_text(buffer) : "";
  }

  std::string bus_id(nvml::Device device) {
    nvml::PciInfo pci;
    if (!faults_.call("PCI address", f_.pci_info, device, &pci)) return "";
    const std::string id = nvml_text(pci.bus_id);
    return id.empty() ? nvml_text(pci.bus_id_legacy) : id;
  }

  std::optional<std::uint32_t> number(std::string_view what, NvmlFunctions::DeviceNumber function,
                                      nvml::Device device) {
    std::uint32_t value = 0;
    if (!faults_.call(what, function, device, &value) || !nvml_counter32(value)) return std::nullopt;
    return value;
  }

  std::optional<std::uint32_t> whole_sm_count(nvml::Device device) {
    const auto cores = number("cores", f_.cores, device);
    int major = 0;
    int minor = 0;
    if (!cores || !faults_.call("compute capability", f_.compute_capability, device, &major, &minor))
      return {};
    return sm_count_of(*cores, major, minor);
  }

  void describe(NvmlDeviceHandle& one) {
    one.info.name = text("name", f_.name, one.device);
    one.info.pci_bus_id = bus_id(one.device);
    one.info.minor = number("minor number", f_.minor, one.device);
    one.info.sm_count = whole_sm_count(one.device);
    one.info.mig_enabled = mig_enabled(one.device);
    if (one.info.mig_enabled) {
      add_mig_devices(one);
      return;
    }
    one.parts.push_back({.device = one.device,
                         .mig_devices = {},
                         .gpu_instance_id = std::nullopt,
                         .profile = "",
                         .sm_count = one.info.sm_count});
  }

  void add_mig_devices(NvmlDeviceHandle& one) {
    each_mig_device(one.device, [&](std::uint32_t index, nvml::Device mig, std::uint32_t gpu_instance,
                                    std::uint32_t compute_instance) {
      NvmlMigDevice device{.index = index,
                           .gpu_instance_id = gpu_instance,
                           .compute_instance_id = compute_instance,
                           .uuid = text("uuid", f_.uuid, mig),
                           .profile = mig_profile(text("name", f_.name, mig)),
                           .sm_count = std::nullopt,
                           .gpu_instance_slices = std::nullopt,
                           .compute_instance_slices = std::nullopt};
      nvml::DeviceAttributes attributes;
      if (faults_.call("attributes", f_.attributes, mig, &attributes)) {
        device.sm_count = count_up_to(attributes.multiprocessors, kMaxMultiprocessors);
        device.gpu_instance_slices = count_up_to(attributes.gpu_instance_slices, kMaxSlices);
        device.compute_instance_slices = count_up_to(attributes.compute_instance_slices, kMaxSlices);
      }
      add_to_part(one.parts, device, mig);
      one.info.mig_devices.push_back(std::move(device));
    });
    std::ranges::sort(one.parts, {}, &NvmlPartHandle::gpu_instance_id);
  }

  static void add_to_part(std::vector<NvmlPartHandle>& parts, const NvmlMigDevice& device, nvml::Device mig) {
    auto part = std::ranges::find(parts, device.gpu_instance_id, &NvmlPartHandle::gpu_instance_id);
    if (part == parts.end()) {
      parts.push_back({.device = mig,
                       .mig_devices = {},
                       .gpu_instance_id = device.gpu_instance_id,
                       .profile = device.profile,
                       .sm_count = 0});
      part = std::prev(parts.end());
    }
    part->mig_devices.push_back(mig);
    // The sum is known only if each of them is.
    if (part->sm_count && device.sm_count) {
      *part->sm_count += *device.sm_count;
    } else {
      part->sm_count.reset();
    }
  }

  const NvmlFunctions& f_;
  NvmlFaults& faults_;
};

}  // namespace

std::vector<NvmlDeviceHandle> list_nvml_devices(const NvmlFunctions& functions, NvmlFaults& faults) {
  return Lister(functions, faults).list();
}

std::uint64_t mig_fingerprint(const NvmlFunctions& functions, NvmlFaults& faults, nvml::Device device) {
  Lister lister(functions, faults);
  if (!lister.mig_enabled(device)) return 0;
  std::uint64_t print = 1;
  lister.each_mig_device(device, [&](std::uint32_t index, nvml::Device, std::uint32_t gpu_instance,
                                     std::uint32_t compute_instance) {
    // FNV-1a over the three numbers.
    for (const std::uint64_t number : {index, gpu_instance, compute_instance})
      print = (print ^ (number + 1)) * 0x100'0000'01B3;
  });
  return print == 0 ? 1 : print;
}

std::string mig_profile(const std::string& name) {
  constexpr std::string_view kMark = "MIG ";
  const std::size_t at = name.rfind(kMark);
  if (at == std::string::npos) return "";
  std::string profile = name.substr(at + kMark.size());
  const std::size_t dot = profile.find('.');
  const bool names_compute_instance =
      dot != std::string::npos && dot > 1 && profile[dot - 1] == 'c' &&
      std::ranges::all_of(profile.begin(), profile.begin() + static_cast<std::ptrdiff_t>(dot) - 1,
                          [](unsigned char c) { return std::isdigit(c) != 0; });
  return names_compute_instance ? profile.substr(dot + 1) : profile;
}

std::optional<std::uint32_t> sm_count_of(std::uint32_t cores, int capability_major, int capability_minor) {
  // FP32 lanes of a multiprocessor: CUDA C++ Programming Guide, "Compute Capabilities".
  std::uint32_t lanes = 0;
  switch (capability_major) {
    case 5:
      lanes = 128;
      break;
    case 6:
      lanes = capability_minor == 0 ? 64 : 128;
      break;
    case 7:
      lanes = 64;
      break;
    case 8:
      lanes = capability_minor == 0 ? 64 : 128;
      break;
    case 9:
    case 10:
    case 11:
    case 12:
      lanes = 128;
      break;
    default:
      return std::nullopt;
  }
  if (cores == 0 || cores % lanes != 0) return std::nullopt;
  return cores / lanes;
}

}  // namespace ceems::gpu
