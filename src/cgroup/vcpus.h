// The virtual CPUs of a VM, which libvirt gives a cgroup each: <VM>/vcpu<n>, or <VM>/libvirt/vcpu<n> where
// systemd has the rest. Listing directories costs more than a VM's counters; so they are listed only when
// their number of links says that one came or went. Not thread-safe.
//
// Source: libvirt, "Control Groups Resource Management".
#pragma once

#include <cstdint>
#include <string_view>

namespace ceems::cgroup {

class Vcpus {
 public:
  // Of the VM whose cgroup is the directory <root><path>; 0 if it has none, or is gone.
  std::uint64_t count(std::string_view root, std::string_view path);
  // The next count() lists whatever the links say.
  void forget() { links_ = 0; }

 private:
  std::uint64_t links_ = 0;  // of the directories, together; 0: not listed
  std::uint64_t count_ = 0;
};

}  // namespace ceems::cgroup
