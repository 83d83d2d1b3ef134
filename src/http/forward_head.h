// The heads of a forwarded exchange. Pure functions.
#pragma once

#include "http/forward.h"
#include "http/framing.h"
#include "http/message.h"

#include <string>
#include <string_view>

namespace ceems::http {

struct UpstreamState;

// Whether a field concerns one connection and not the message (RFC 9110 §7.6.1, and those of old proxies).
bool is_hop_by_hop(std::string_view name);

// Removes those fields, and the ones that Connection names.
void remove_hop_by_hop(Fields& fields);

// Who asks, and with what.
struct ForwardedFor {
  std::string_view client_address;      // "" for a unix socket
  const Fields* credentials = nullptr;  // take the place of the client's fields of these names
  std::string_view token;               // Authorization by OAuth2; "" for none
  Framing body;                         // kNone, kLength or kChunked
};

// The head of the request as the upstream gets it. What Connection names among the fields must have been
// removed before: a client would otherwise choose which of the fields that were added here get lost.
void append_forward_head(std::string& out, const Forward& forward, const UpstreamState& upstream,
                         const ForwardedFor& details);

}  // namespace ceems::http
