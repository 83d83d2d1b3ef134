#include "unit/libvirt_manager.h"

#include "base/file.h"
#include "unit/cgroup_path.h"
#include "unit/libvirt_name.h"
#include "unit/user_cgroups.h"

#include <utility>

namespace ceems::unit {

std::vector<std::string> libvirt_directories(const std::string& more) {
  std::vector<std::string> directories{"/run/libvirt/qemu", "/etc/libvirt/qemu"};
  if (!more.empty()) directories.push_back(base::absolute_path(more));
  return directories;
}

LibvirtManager::LibvirtManager(std::vector<std::string> directories, base::Logger logger)
    : registry_(std::make_unique<LibvirtRegistry>(std::move(directories), std::move(logger))) {}

std::optional<Claim> LibvirtManager::claim(std::string_view path) const {
  if (belongs_to_users(path)) return std::nullopt;
  std::optional<LibvirtMachine> machine = libvirt_machine_in(last_component(path));
  if (!machine) return std::nullopt;
  Claim claim;
  claim.uuid = machine->name;
  claim.name = std::move(machine->name);
  claim.groups = {std::move(machine->number)};
  return claim;
}

bool LibvirtManager::may_claim_below(std::string_view path) const {
  return !belongs_to_users(path);
}

std::optional<std::string> LibvirtManager::identify(const std::string& /*procfs*/, pid_t /*pid*/,
                                                    std::string_view /*directory*/) const {
  return std::nullopt;  // what it claims has a uuid
}

Belonging LibvirtManager::belonging(const Claim& /*claim*/, std::string_view /*owner*/) const {
  return {};
}

}  // namespace ceems::unit
