// Who asks. Free functions, thread-safe.
#pragma once

#include "access/directory.h"
#include "access/peer.h"

#include <optional>
#include <string>
#include <string_view>

namespace ceems::access {

// The name under which the parts of CEEMS talk to each other.
inline constexpr std::string_view kServiceAccount = "ceems-int-svc";

struct Caller {
  std::string user{};
  bool admin = false;
  bool service = false;  // the service account, from a peer that is believed to be it
};

// The caller behind `user`, which is what the first user header that is not empty says. Nobody if that is no
// name (UTF-8 without control characters) or the peer is not believed. Administrators are those whom the
// directory names; where it cannot be read nobody is one, and the failure is logged.
std::optional<Caller> identify(std::string_view user, const Peer& peer, const PeerPolicy& policy,
                               const Directory& directory);

}  // namespace ceems::access
