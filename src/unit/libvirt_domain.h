// What libvirt writes down of a domain, as far as we need it. Parts of it come from tenants: nothing in it is
// believed to be of any size or shape. Thread-safe.
//
// Source: libvirt, "Domain XML format". A file in /etc/libvirt/qemu is the domain as it was defined; one in
// /run/libvirt/qemu, whose root is <domstatus>, the one that runs, with all that was plugged in since.
#pragma once

#include "base/result.h"
#include "gpu/pci_address.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::unit {

struct LibvirtDomain {
  std::string name;
  std::string uuid;
  std::string number;                      // of one that runs; else empty
  bool is_live = false;                    // what is said of it holds now
  std::vector<gpu::PciAddress> addresses;  // of devices of the host that it was given, each once
  std::vector<std::string> mdevs;          // UUIDs of mediated devices, each once

  bool operator==(const LibvirtDomain&) const = default;
};

inline constexpr std::size_t kMostDomainText = std::size_t{1} << 20;
inline constexpr std::size_t kMostHostDevices = 256;

// kInvalid for what is not a domain, or has no uuid that could be one. Devices that cannot be understood are
// left out.
base::Result<LibvirtDomain> parse_libvirt_domain(std::string_view text);

}  // namespace ceems::unit
