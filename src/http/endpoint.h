// Addresses of stream sockets, and connecting to one without waiting. Thread-safe.
#pragma once

#include "base/fd.h"
#include "base/result.h"

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <vector>

namespace ceems::http {

struct Endpoint {
  sockaddr_storage address{};
  socklen_t length = 0;
};
using Endpoints = std::vector<Endpoint>;

// Asks name servers unless `numeric`, and blocks for as long as they like. kUnavailable.
base::Result<Endpoints> resolve_now(const std::string& host, std::uint16_t port, bool numeric);
base::Result<Endpoint> unix_endpoint(const std::string& path);

// A non-blocking close-on-exec socket on its way to that address. It has connected, or has failed to, when it
// becomes writable: connect_result() tells. kUnavailable where that is known at once.
base::Result<base::Fd> begin_connect(const Endpoint& endpoint);
base::Status connect_result(int fd);

}  // namespace ceems::http
