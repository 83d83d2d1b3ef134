#include "http/connector.h"

#include "base/check.h"
#include "http/worker_pool.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace ceems::http {

namespace {

using base::ErrorCode;

struct Endpoint {
  sockaddr_storage address{};
  socklen_t length = 0;
};

using Endpoints = std::vector<Endpoint>;

// getaddrinfo(3) can be neither bounded nor interrupted, so it runs in a thread that may be left behind.
struct Lookup {
  base::Fd done{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  std::mutex mutex;
  std::optional<base::Result<Endpoints>> result;  // guarded by `mutex`
};

constexpr int kMaxLookups = 32;
std::atomic<int> running_lookups = 0;

base::Result<Endpoints> look_up(const std::string& host, std::uint16_t port, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
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

base::Result<Endpoints> resolve(const std::string& host, std::uint16_t port, const Patience& patience) {
  if (auto numeric = look_up(host, port, AI_NUMERICHOST)) return numeric;
  auto lookup = std::make_shared<Lookup>();
  if (!lookup->done) return base::fail_errno(errno, "eventfd");
  if (running_lookups.fetch_add(1) >= kMaxLookups) {
    running_lookups.fetch_sub(1);
    return base::fail(ErrorCode::kUnavailable, "", "cannot resolve {}: name servers do not answer", host);
  }
  quiet_thread("http-resolver", [lookup, host, port] {
    auto result = look_up(host, port, AI_ADDRCONFIG);
    {
      const std::lock_guard lock(lookup->mutex);
      lookup->result = std::move(result);
    }
    running_lookups.fetch_sub(1);
    static_cast<void>(::eventfd_write(lookup->done.get(), 1));
  }).detach();
  if (auto waited = wait_for(lookup->done.get(), POLLIN, patience); !waited)
    return base::wrap(std::move(waited).error(), fmt::format("resolving {}", host));
  const std::lock_guard lock(lookup->mutex);
  return *std::move(lookup->result);
}

base::Result<base::Fd> connect_one(const sockaddr* address, socklen_t length, const Patience& patience) {
  base::Fd fd(::socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return base::fail_errno(errno, "");
  const int on = 1;
  // Fails on unix sockets, which have no such delay.
  static_cast<void>(::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
  if (::connect(fd.get(), address, length) == 0) return fd;
  // A unix socket whose backlog is full says EAGAIN and would not become writable.
  if (errno != EINPROGRESS)
    return base::fail(ErrorCode::kUnavailable, "", "cannot connect: {}", std::strerror(errno));
  if (auto waited = wait_for(fd.get(), POLLOUT, patience); !waited)
    return base::wrap(std::move(waited).error(), "connecting");
  int failure = 0;
  socklen_t size = sizeof failure;
  if (::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &failure, &size) != 0) failure = errno;
  if (failure != 0)
    return base::fail(ErrorCode::kUnavailable, "", "cannot connect: {}", std::strerror(failure));
  return fd;
}

}  // namespace

base::Result<base::Fd> connect_to_host(const std::string& host, std::uint16_t port,
                                       const Patience& patience) {
  CEEMS_TRY(const Endpoints endpoints, resolve(host, port, patience));
  base::Error last{ErrorCode::kUnavailable, "no address", ""};
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    // An address that does not answer must leave time for those after it.
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(patience.deadline -
                                                                            std::chrono::steady_clock::now());
    const auto share = left / static_cast<int>(endpoints.size() - i);
    const auto* const address = reinterpret_cast<const sockaddr*>(&endpoints[i].address);
    auto fd = connect_one(address, endpoints[i].length, patience.at_most(share));
    if (fd || fd.error().code == ErrorCode::kCancelled) return fd;
    last = std::move(fd).error();
  }
  return std::unexpected(std::move(last));
}

base::Result<base::Fd> connect_to_unix(const std::string& path, const Patience& patience) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return base::fail(ErrorCode::kInvalid, "", "the socket's path is too long");
  std::memcpy(address.sun_path, path.data(), path.size());
  return connect_one(reinterpret_cast<const sockaddr*>(&address), sizeof address, patience);
}

}  // namespace ceems::http
