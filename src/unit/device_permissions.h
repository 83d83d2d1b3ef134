// Which devices the processes of a cgroup may open, as the kernel tells, and what that says of GPUs. The
// kernel enforces it and only root can change it, so it is better than anything a process says. Thread-safe.
//
// Source: Documentation/admin-guide/cgroup-v1/devices.rst; proc(5), /proc/devices.
#pragma once

#include "unit/device_program.h"
#include "unit/gpu_slots.h"
#include "unit/gres_conf.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace ceems::unit {

// Of character devices.
class DevicePermissions {
 public:
  // cgroup v1, a file devices.list. nullopt: everything may be opened but for exceptions that the kernel does
  // not list; or the text is no such list.
  static std::optional<DevicePermissions> parse(std::string_view text);
  // cgroup v2: all programs have to say yes. nullopt without any: everything may be opened.
  static std::optional<DevicePermissions> of_programs(std::vector<DeviceProgram> programs);

  // Whether it may be opened for reading and writing; nullopt if that cannot be told.
  std::optional<bool> allows(std::uint32_t major, std::uint32_t minor) const;

 private:
  struct Rule {
    std::optional<std::uint32_t> major;  // none: any
    std::optional<std::uint32_t> minor;
  };
  std::vector<Rule> rules_;
  std::vector<DeviceProgram> programs_;  // if there are any, they say it and not the rules
};

// The majors of GPUs' device files.
struct GpuMajors {
  std::uint32_t nvidia = 195;
  std::optional<std::uint32_t> nvidia_caps;
  std::uint32_t drm = 226;
};
// From a text like /proc/devices.
GpuMajors parse_gpu_majors(std::string_view text);

// Of each slot whether it may be opened; nullopt if a device file is not known, so that nothing can be told.
std::optional<std::vector<bool>> permitted_slots(const DevicePermissions& permissions,
                                                 const GpuMajors& majors,
                                                 const std::vector<MigCapability>& mig,
                                                 const std::vector<GpuSlot>& slots);

}  // namespace ceems::unit
