// libvirt's QEMU domains by their cgroups. With the systemd escapes undone, a domain is
//
//   with systemd   …/machine.slice/machine-qemu-<n>-<name>.scope      or in another slice (<resource>)
//   without        …/machine/qemu-<n>-<name>.libvirt-qemu             or in another partition
//
// in trees of any version, and nowhere below user.slice, where users make cgroups as they like. Everything
// below it, for the emulator's threads and each virtual CPU, is part of it. <name> is the domain's as far as
// libvirt takes it over. The uuid is the domain's, which its registry finds; until then, and where there is
// none, it is <name>.
//
// Source: libvirt, "Control Groups Resource Management".
#pragma once

#include "base/log.h"
#include "unit/libvirt_registry.h"
#include "unit/manager.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::unit {

// Where libvirt writes of domains: of those that run, then of those that are defined; then `more`, if it is
// not empty.
std::vector<std::string> libvirt_directories(const std::string& more);

class LibvirtManager final : public Manager {
 public:
  LibvirtManager(std::vector<std::string> directories, base::Logger logger);

  const std::string& name() const override { return name_; }
  std::optional<Claim> claim(std::string_view path) const override;
  bool may_claim_below(std::string_view path) const override;
  std::optional<std::string> identify(const std::string& procfs, pid_t pid,
                                      std::string_view directory) const override;
  bool ends_with_its_processes() const override { return false; }
  bool knows_owners() const override { return false; }
  bool needs_owner() const override { return false; }
  Registry* registry() const override { return registry_.get(); }
  Belonging belonging(const Claim& claim, std::string_view owner) const override;

 private:
  std::string name_ = "libvirt";
  std::unique_ptr<LibvirtRegistry> registry_;
};

}  // namespace ceems::unit
