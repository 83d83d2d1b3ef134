// The names of cgroups in which libvirt runs its QEMU domains. A name holds the domain's number since the
// daemon started, and the domain's name, of which libvirt takes only what a host name may have, and no more
// than 64 bytes in all. Thread-safe.
//
// Source: libvirt, "Control Groups Resource Management"; virDomainDriverGenerateMachineName().
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ceems::unit {

// "qemu-3-instance-0000000a"
struct LibvirtMachine {
  std::string number;  // "3"
  std::string name;    // "instance-0000000a": the domain's, or what is left of it
};

// Of a cgroup's own name, with systemd's escapes undone: "machine-qemu-3-instance-0000000a.scope" under
// systemd, "qemu-3-instance-0000000a.libvirt-qemu" without it. nullopt for other names, and for those that
// could not be the name of a file.
std::optional<LibvirtMachine> libvirt_machine_in(std::string_view component);

// What libvirt makes of that domain's name in the cgroup of that number.
std::string libvirt_short_name(std::string_view number, std::string_view domain_name);

}  // namespace ceems::unit
