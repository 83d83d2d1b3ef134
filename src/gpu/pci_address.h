// Where a device sits on PCI. Plain data; thread-safe.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ceems::gpu {

struct PciAddress {
  std::uint32_t domain = 0;
  std::uint32_t bus = 0;
  std::uint32_t device = 0;
  std::uint32_t function = 0;

  auto operator<=>(const PciAddress&) const = default;
};

// "0000:c1:00.0", "00000000:C1:00.0", or without a domain "c1:00.0": numbers in hexadecimal, the domain of up
// to 32 bits. nullopt for anything else.
std::optional<PciAddress> parse_pci_address(std::string_view text);

// As sysfs names it: "0000:c1:00.0".
std::string print_pci_address(const PciAddress& address);

}  // namespace ceems::gpu
