// Which peers may say in whose name they ask. Immutable after construction; thread-safe.
#pragma once

#include "base/address_list.h"

#include <string>
#include <string_view>
#include <utility>

namespace ceems::access {

// The other end of a connection.
struct Peer {
  std::string address;         // "192.0.2.1", "::1"; "" for a local socket
  bool authenticated = false;  // with a password of the web configuration
};

using base::AddressList;
using base::is_loopback;

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
