#include "access/peer.h"

namespace ceems::access {

bool PeerPolicy::believes(const Peer& peer) const {
  return trusted_.empty() || peer.authenticated || trusted_.contains(peer.address);
}

bool PeerPolicy::believes_service(const Peer& peer) const {
  if (peer.authenticated) return true;
  return trusted_.empty() ? is_loopback(peer.address) : trusted_.contains(peer.address);
}

}  // namespace ceems::access
