#include "http/listener.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/vm_sockets.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace ceems::http {

namespace {

using AddressList = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

constexpr int kFirstPassedFd = 3;
constexpr std::string_view kVsockScheme = "vsock://";

// sockaddr types overlay each other by design of the socket API.
template <class Address>
sockaddr* as_sockaddr(Address& address) {
  return reinterpret_cast<sockaddr*>(&address);
}

struct HostPort {
  std::string host;
  std::string port;
};

base::Result<HostPort> split_address(const std::string& address) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos)
    return base::fail(base::ErrorCode::kInvalid, address, "listen address without a port");
  HostPort parts{address.substr(0, colon), address.substr(colon + 1)};
  const auto number = base::parse_u64(parts.port);
  if (!number || *number > 65535)
    return base::fail(base::ErrorCode::kInvalid, address, "listen address with a bad port");
  if (parts.host.starts_with('[') && parts.host.ends_with(']'))
    parts.host = parts.host.substr(1, parts.host.size() - 2);
  else if (parts.host.find(':') != std::string::npos)
    return base::fail(base::ErrorCode::kInvalid, address, "an IPv6 listen address needs brackets");
  return parts;
}

base::Result<base::Fd> bind_and_listen(int family, sockaddr* address, socklen_t length, bool dual_stack,
                                       const std::string& subject) {
  base::Fd fd(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return base::fail_errno(errno, subject);
  const int on = 1;
  const int v6_only = dual_stack ? 0 : 1;
  if (family != AF_VSOCK && ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0)
    return base::fail_errno(errno, subject);
  if (family == AF_INET6 && ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof v6_only) != 0)
    return base::fail_errno(errno, subject);
  if (::bind(fd.get(), address, length) != 0 || ::listen(fd.get(), SOMAXCONN) != 0)
    return base::fail_errno(errno, subject);
  return fd;
}

base::Result<base::Fd> open_wildcard(const std::string& port, const std::string& subject) {
  const auto number = htons(static_cast<std::uint16_t>(*base::parse_u64(port)));
  sockaddr_in6 any6{};
  any6.sin6_family = AF_INET6;
  any6.sin6_port = number;
  auto fd = bind_and_listen(AF_INET6, as_sockaddr(any6), sizeof any6, true, subject);
  if (fd || (errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL)) return fd;
  // A kernel without IPv6.
  sockaddr_in any4{};
  any4.sin_family = AF_INET;
  any4.sin_port = number;
  return bind_and_listen(AF_INET, as_sockaddr(any4), sizeof any4, false, subject);
}

base::Result<base::Fd> open_vsock(const std::string& address) {
  const std::string_view rest = std::string_view(address).substr(kVsockScheme.size());
  const auto port = rest.starts_with(':') ? base::parse_u64(rest.substr(1)) : std::nullopt;
  if (!port || *port > 0xffffffffU)
    return base::fail(base::ErrorCode::kInvalid, address, "a vsock listen address is vsock://:port");
  sockaddr_vm any{};
  any.svm_family = AF_VSOCK;
  any.svm_cid = VMADDR_CID_ANY;
  any.svm_port = *port == 0 ? VMADDR_PORT_ANY : static_cast<unsigned>(*port);
  return bind_and_listen(AF_VSOCK, as_sockaddr(any), sizeof any, false, address);
}

base::Result<base::Fd> open_listener(const std::string& address) {
  if (address.starts_with(kVsockScheme)) return open_vsock(address);
  CEEMS_TRY(const HostPort parts, split_address(address));
  if (parts.host.empty() || parts.host == "::") return open_wildcard(parts.port, address);
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* raw = nullptr;
  const int failure = ::getaddrinfo(parts.host.c_str(), parts.port.c_str(), &hints, &raw);
  const AddressList found(raw, &freeaddrinfo);
  if (failure != 0)
    return base::fail(base::ErrorCode::kInvalid, address, "cannot resolve the host: {}",
                      gai_strerror(failure));
  // A name that stands for both families listens on IPv4, as the other programs of this family do.
  const addrinfo* chosen = found.get();
  for (const addrinfo* one = found.get(); one != nullptr; one = one->ai_next) {
    if (one->ai_family != AF_INET) continue;
    chosen = one;
    break;
  }
  return bind_and_listen(chosen->ai_family, chosen->ai_addr, chosen->ai_addrlen, false, address);
}

Peer peer_of(const sockaddr_storage& storage) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (storage.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &storage, sizeof v4);
    ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    return {text.data(), ntohs(v4.sin_port)};
  }
  if (storage.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &storage, sizeof v6);
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr))
      ::inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], text.data(), text.size());
    else
      ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    return {text.data(), ntohs(v6.sin6_port)};
  }
  return {};
}

int socket_option(int fd, int option) {
  int value = 0;
  socklen_t length = sizeof value;
  return ::getsockopt(fd, SOL_SOCKET, option, &value, &length) == 0 ? value : -1;
}

}  // namespace

base::Result<std::vector<Listener>> open_listeners(const std::vector<std::string>& addresses) {
  std::vector<Listener> listeners;
  for (const std::string& address : addresses) {
    auto fd = open_listener(address);
    if (!fd) return base::wrap(std::move(fd).error(), "cannot listen");
    std::string bound = local_address(fd->get());
    listeners.push_back({*std::move(fd), std::move(bound)});
  }
  if (listeners.empty()) return base::fail(base::ErrorCode::kInvalid, "", "no address to listen on");
  return listeners;
}

namespace {

constexpr const char* kPassedFds = "LISTEN_FDS";

struct PassedSocket {
  std::string name;
  Listener listener;
};

base::Result<Listener> take_over(int number) {
  if (::fcntl(number, F_SETFD, FD_CLOEXEC) != 0)
    return base::fail(base::ErrorCode::kInvalid, kPassedFds, "descriptor {} is not open", number);
  base::Fd fd(number);
  if (socket_option(number, SO_TYPE) != SOCK_STREAM || socket_option(number, SO_ACCEPTCONN) != 1)
    return base::fail(base::ErrorCode::kInvalid, kPassedFds, "descriptor {} is not a listening stream socket",
                      number);
  const int flags = ::fcntl(number, F_GETFL);
  if (flags < 0 || ::fcntl(number, F_SETFL, flags | O_NONBLOCK) != 0)
    return base::fail_errno(errno, kPassedFds);
  std::string address = local_address(number);
  return Listener{std::move(fd), std::move(address)};
}

base::Result<std::vector<PassedSocket>> take_over_all() {
  const char* const pid_text = std::getenv("LISTEN_PID");
  const char* const count_text = std::getenv(kPassedFds);
  const char* const names_text = std::getenv("LISTEN_FDNAMES");
  const auto pid = base::parse_u64(pid_text == nullptr ? "" : pid_text);
  const auto count = base::parse_u64(count_text == nullptr ? "" : count_text);
  const std::string names(names_text == nullptr ? "" : names_text);
  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"})
    ::unsetenv(name);
  std::vector<PassedSocket> sockets;
  if (!pid || *pid != static_cast<std::uint64_t>(::getpid()) || !count || *count == 0 || *count > 1024)
    return sockets;
  const std::vector<std::string_view> parts = base::split(names, ':');
  for (std::size_t i = 0; i < *count; ++i) {
    CEEMS_TRY(Listener listener, take_over(kFirstPassedFd + static_cast<int>(i)));
    sockets.push_back({std::string(i < parts.size() ? parts[i] : ""), std::move(listener)});
  }
  return sockets;
}

// Those that nobody has taken yet.
std::vector<PassedSocket>& waiting_sockets() {
  static std::vector<PassedSocket> sockets;
  return sockets;
}

}  // namespace

base::Result<std::vector<Listener>> systemd_listeners(std::string_view name) {
  std::vector<PassedSocket>& waiting = waiting_sockets();
  if (std::getenv(kPassedFds) != nullptr) {
    CEEMS_TRY(waiting, take_over_all());
  }
  std::vector<Listener> taken;
  for (PassedSocket& socket : waiting) {
    if (name.empty() || socket.name == name) taken.push_back(std::move(socket.listener));
  }
  std::erase_if(waiting, [](const PassedSocket& socket) { return !socket.listener.fd; });
  if (!taken.empty()) return taken;
  if (name.empty())
    return base::fail(base::ErrorCode::kNotFound, kPassedFds, "the service manager passed no socket");
  return base::fail(base::ErrorCode::kNotFound, "LISTEN_FDNAMES",
                    "the service manager passed no socket of the name {}", name);
}

std::string local_address(int fd) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  if (::getsockname(fd, as_sockaddr(storage), &length) != 0) return "";
  if (storage.ss_family == AF_UNIX) {
    sockaddr_un path{};
    std::memcpy(&path, &storage, sizeof path);
    const std::size_t room = length - std::min<std::size_t>(length, offsetof(sockaddr_un, sun_path));
    return "unix:" + std::string(path.sun_path, ::strnlen(path.sun_path, room));
  }
  if (storage.ss_family == AF_VSOCK) {
    sockaddr_vm vsock{};
    std::memcpy(&vsock, &storage, sizeof vsock);
    return fmt::format("vsock://:{}", vsock.svm_port);
  }
  const Peer self = peer_of(storage);
  const bool bracketed = self.address.find(':') != std::string::npos;
  return bracketed ? fmt::format("[{}]:{}", self.address, self.port)
                   : fmt::format("{}:{}", self.address, self.port);
}

base::Result<base::Fd> accept_connection(int listener, Peer& peer) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  base::Fd fd(::accept4(listener, as_sockaddr(storage), &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!fd) {
    switch (errno) {
      case EAGAIN:
        return base::fail(base::ErrorCode::kNoData, "", "no connection is waiting");
      case EMFILE:
      case ENFILE:
      case ENOBUFS:
      case ENOMEM:
        return base::fail(base::ErrorCode::kTooLarge, "", "{}", std::strerror(errno));
      default:
        return base::fail_errno(errno, "accept");
    }
  }
  const int on = 1;
  // Fails on unix sockets, which have no such delay.
  static_cast<void>(::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
  peer = peer_of(storage);
  return fd;
}

}  // namespace ceems::http
