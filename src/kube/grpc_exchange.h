// One unary call of gRPC as bytes in and bytes out, without I/O: what to send on a fresh connection, and what
// comes back. HTTP/2 is nghttp2's. The answer is whatever the peer likes: it is bounded, and what is none
// becomes an error. Not thread-safe.
//
// Sources: grpc/doc/PROTOCOL-HTTP2.md, RFC 9113.
#pragma once

#include "base/result.h"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ceems::kube {

inline constexpr int kGrpcOk = 0;
inline constexpr int kGrpcUnimplemented = 12;

// How a call ended, by the peer's own words.
struct GrpcReply {
  int status = kGrpcOk;  // grpc/doc/statuscodes.md
  std::string message;   // for people
  std::string body;      // the encoded message; empty unless the status is 0
};

struct GrpcRequest {
  std::string method;                              // "/package.Service/Method"
  std::string body;                                // the encoded message
  std::chrono::milliseconds timeout{5'000};        // as the peer is told
  std::size_t most_bytes = std::size_t{16} << 20;  // of the answer
};

class GrpcExchange {
 public:
  explicit GrpcExchange(GrpcRequest request);
  GrpcExchange(const GrpcExchange&) = delete;
  GrpcExchange& operator=(const GrpcExchange&) = delete;
  ~GrpcExchange();

  // What is to be sent now, after what was taken before; empty if nothing is.
  std::string take_output();
  // kTooLarge, kUnavailable where the peer ends the call or the connection, kInvalid for what is no HTTP/2 or
  // no gRPC. After an error the exchange is over.
  base::Status receive(std::string_view bytes);
  // Once it is there; an error if the peer ended the call without one.
  std::optional<base::Result<GrpcReply>> reply() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ceems::kube
