// Which peers may say in whose name they ask. Immutable after construction; thread-safe.
#pragma once

#include "base/result.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::access {

// The other end of a connection.
struct Peer {
  std::string address;         // "192.0.2.1", "::1"; "" for a local socket
  bool authenticated = false;  // with a password of the web configuration
};

bool is_loopback(std::string_view address);  // "" too: a local socket

// "192.0.2.0/24", "2001:db8::/32" or single addresses. An IPv4 address in IPv6 form is that IPv4 address.
class AddressList {
 public:
  AddressList() = default;
  static base::Result<AddressList> parse(const std::vector<std::string>& networks);

  bool empty() const { return networks_.empty(); }
  bool contains(std::string_view address) const;

 private:
  struct Network {
    std::array<std::uint8_t, 16> address;  // IPv4 in its IPv6 form
    unsigned prefix_bits;                  // of those 128
  };
  std::vector<Network> networks_;
};

// Whose user headers count.
class PeerPolicy {
 public:
  PeerPolicy() = default;
  // Without any trusted network every peer is believed, as behind a firewall.
  explicit PeerPolicy(AddressList trusted) : trusted_(std::move(trusted)) {}

  // Whether the peer's user header counts at all.
  bool believes(const Peer& peer) const;
  // Whether the peer may also speak as the service account, which is everybody's name for itself: it has to
  // have given a password, to be in a trusted network, or, without any, to be on this machine.
  bool believes_service(const Peer& peer) const;
  // Whether the peer is a proxy that tells for whom it asks (X-Forwarded-For and its like).
  bool is_known_proxy(std::string_view address) const { return trusted_.contains(address); }

 private:
  AddressList trusted_;
};

}  // namespace ceems::access
