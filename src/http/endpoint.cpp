#include "http/endpoint.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace ceems::http {

using base::ErrorCode;

base::Result<Endpoints> resolve_now(const std::string& host, std::uint16_t port, bool numeric) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = (numeric ? AI_NUMERICHOST : AI_ADDRCONFIG) | AI_NUMERICSERV;
  addrinfo* raw = nullptr;
  const int failure = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &raw);
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> found(raw, &freeaddrinfo);
  if (failure != 0)
    return base::fail(ErrorCode::kUnavailable, "", "cannot resolve {}: {}", host, gai_strerror(failure));
  Endpoints endpoints;
  for (const addrinfo* one = found.get(); one != nullptr; one = one->ai_next) {
    Endpoint endpoint;
    endpoint.length = one->ai_addrlen;
    std::memcpy(&endpoint.address, one->ai_addr, one->ai_addrlen);
    endpoints.push_back(endpoint);
  }
  return endpoints;
}

base::Result<Endpoint> unix_endpoint(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return base::fail(ErrorCode::kInvalid, "", "the socket's path is too long");
  std::memcpy(address.sun_path, path.data(), path.size());
  Endpoint endpoint;
  endpoint.length = sizeof address;
  std::memcpy(&endpoint.address, &address, sizeof address);
  return endpoint;
}

base::Result<base::Fd> begin_connect(const Endpoint& endpoint) {
  const auto* const address = reinterpret_cast<const sockaddr*>(&endpoint.address);
  base::Fd fd(::socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return base::fail_errno(errno, "");
  const int on = 1;
  // Fails on unix sockets, which have no such delay.
  static_cast<void>(::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
  if (::connect(fd.get(), address, endpoint.length) == 0) return fd;
  // A unix socket whose backlog is full says EAGAIN and would not become writable.
  if (errno != EINPROGRESS)
    return base::fail(ErrorCode::kUnavailable, "", "cannot connect: {}", std::strerror(errno));
  return fd;
}

base::Status connect_result(int fd) {
  int failure = 0;
  socklen_t size = sizeof failure;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size) != 0) failure = errno;
  if (failure != 0)
    return base::fail(ErrorCode::kUnavailable, "", "cannot connect: {}", std::strerror(failure));
  return {};
}

}  // namespace ceems::http
