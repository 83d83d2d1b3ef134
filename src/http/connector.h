// Connecting a stream socket to a host or a unix socket, within bounds that also hold for slow name servers.
// Thread-safe.
#pragma once

#include "base/fd.h"
#include "base/result.h"
#include "http/patience.h"

#include <cstdint>
#include <string>

namespace ceems::http {

// Tries the host's addresses one after the other. The socket is non-blocking and close-on-exec. kUnavailable,
// kTimeout, kCancelled; messages name the address, the caller adds the URL.
base::Result<base::Fd> connect_to_host(const std::string& host, std::uint16_t port, const Patience& patience);
base::Result<base::Fd> connect_to_unix(const std::string& path, const Patience& patience);

}  // namespace ceems::http
