// Listening sockets: opened for an address, or taken over from the service manager.
#pragma once

#include "base/fd.h"
#include "base/result.h"

#include <string>
#include <vector>

namespace ceems::http {

struct Listener {
  base::Fd fd;          // listening, non-blocking, close-on-exec
  std::string address;  // "127.0.0.1:9010", "[::]:9010", "vsock://:9010", "unix:/run/x.sock"
};

// Binds each of "host:port", ":port" (IPv4 and IPv6 in one socket), "[v6]:port" and "vsock://:port". All or
// none; errors name the address.
base::Result<std::vector<Listener>> open_listeners(const std::vector<std::string>& addresses);

// The sockets that systemd passed (sd_listen_fds(3)) under that name, or all that were not asked for yet:
// LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES, descriptors from 3 on. Each must be a listening stream socket. None
// is an error. The variables are unset, so that no child takes them as its own: call before threads start.
base::Result<std::vector<Listener>> systemd_listeners(std::string_view name);

// The local address of a socket in the form of Listener::address.
std::string local_address(int fd);

// The other end of a connection: "192.0.2.1" and its port, also for an IPv4 peer of an IPv6 socket; "" for
// unix and vsock.
struct Peer {
  std::string address;
  std::uint16_t port = 0;
};

// One connection that is waiting, non-blocking and close-on-exec. kNoData when there is none (any more);
// kTooLarge when descriptors have run out; anything else is this connection's own misfortune.
base::Result<base::Fd> accept_connection(int listener, Peer& peer);

}  // namespace ceems::http
