// Who asks, as far as addresses go.
#pragma once

#include "access/peer.h"
#include "http/message.h"

#include <string>

namespace ceems::api {

// The address of the client behind a request: that of the peer, unless it is a known proxy. Then it is the
// last address of X-Forwarded-For that is none of a known proxy, since what stands before that the client may
// have written himself; without that field X-Real-IP, then True-Client-IP. What is no address is not
// believed. Pure.
std::string client_address(const http::Request& request, const access::PeerPolicy& peers);

}  // namespace ceems::api
