// A unary call of gRPC over a unix socket, in plain text, on a connection of its own. Blocking; thread-safe.
#pragma once

#include "base/result.h"
#include "kube/grpc_exchange.h"

#include <span>
#include <string>
#include <string_view>

namespace ceems::kube {

struct GrpcPeer {
  std::string socket;  // path; symbolic links are followed
  int cancel_fd = -1;  // the call ends with kCancelled when it is readable; -1: never
  // Raised while the connection is made.
  std::span<const std::string_view> capabilities{};
};

// Takes no longer than the request's timeout. Errors beside those of GrpcExchange, about the socket:
// kNotFound if there is none, kPermission, kTimeout, kCancelled, kUnavailable.
base::Result<GrpcReply> grpc_call(const GrpcPeer& peer, GrpcRequest request);

}  // namespace ceems::kube
