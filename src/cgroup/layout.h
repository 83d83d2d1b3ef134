// How the control groups of this machine are laid out below the configured mount: one unified hierarchy (v2),
// one hierarchy for each v1 controller or for several together, or v1 controllers beside a unified tree
// (hybrid). Ordinary directories of the same shape do as well.
//
// Source: Documentation/admin-guide/cgroup-v2.rst, cgroups(7), systemd's CGROUP_DELEGATION page.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ceems::cgroup {

enum class ForceVersion : std::uint8_t { kDetect, kV1, kV2 };

enum class Mode : std::uint8_t { kUnified, kLegacy, kHybrid };

// The controllers that we read, by their v1 names.
enum class Controller : std::uint8_t { kCpuacct, kCpu, kMemory, kBlkio, kCpuset, kRdma, kPids, kHugetlb };
inline constexpr std::size_t kControllerCount = 8;

struct Layout {
  Mode mode = Mode::kLegacy;
  std::string unified_root;  // directory of the unified tree; "" without one
  std::string active_root;   // v1: directory of the hierarchy that is searched for units; "" without one
  std::array<std::string, kControllerCount> legacy_roots;  // v1: by controller; "" where it has none

  const std::string& legacy_root(Controller controller) const {
    return legacy_roots[static_cast<std::size_t>(controller)];
  }
  friend bool operator==(const Layout&, const Layout&) = default;
};

// Looks at the mount point. `active_subsystem` names the v1 hierarchy to search: a controller, several with
// commas, or a named hierarchy; "cpu" and "cpuacct" mean the one that they may share, so do "net_cls" and
// "net_prio". A mount point without anything gives a layout without directories.
Layout detect_layout(const std::string& cgroupfs, ForceVersion force, std::string_view active_subsystem);

}  // namespace ceems::cgroup
