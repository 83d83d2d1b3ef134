// Addresses and networks of IPv4 and IPv6, as text. An IPv4 address in IPv6 form (::ffff:192.0.2.1) is that
// IPv4 address; an IPv6 zone (%eth0) is ignored. Pure; thread-safe.
#pragma once

#include "base/result.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::base {

// The one way to write it: "192.0.2.1", "2001:db8::1". Nothing if it is no address.
std::optional<std::string> canonical_address(std::string_view address);

bool is_loopback(std::string_view address);  // "" too: a local socket

// "192.0.2.0/24", "2001:db8::/32" or single addresses. Immutable after construction.
class AddressList {
 public:
  AddressList() = default;
  static Result<AddressList> parse(const std::vector<std::string>& networks);

  bool empty() const { return networks_.empty(); }
  bool contains(std::string_view address) const;

 private:
  struct Network {
    std::array<std::uint8_t, 16> address;  // IPv4 in its IPv6 form
    unsigned prefix_bits;                  // of those 128
  };
  std::vector<Network> networks_;
};

}  // namespace ceems::base
