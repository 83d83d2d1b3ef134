// For the tests of this room: a client that sends any bytes, servers on free ports, files in a directory of
// their own.
#pragma once

#include "base/fd.h"
#include "base/file.h"
#include "http/client.h"
#include "http/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::http::testing {

// Longer than anything here takes; a test that waits so long fails.
inline constexpr int kPatienceMs = 20'000;

inline std::uint16_t port_of(const std::string& address) {
  return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
}

class RawSocket {
 public:
  explicit RawSocket(std::uint16_t port, int receive_buffer = 0)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer > 0)
      ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  explicit RawSocket(base::Fd fd) : fd_(std::move(fd)), connected_(true) {}

  int fd() const { return fd_.get(); }
  bool connected() const { return connected_; }
  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  void end_sending() { ::shutdown(fd_.get(), SHUT_WR); }

  // Reads until `text` has arrived, the other end has closed, or patience is over. Returns all so far.
  const std::string& read_until(std::string_view text) {
    while (received_.find(text) == std::string::npos && read_some()) {
    }
    return received_;
  }
  // Everything up to the end of the connection.
  const std::string& read_to_end() {
    while (read_some()) {
    }
    return received_;
  }
  bool reset() const { return reset_; }  // the end was an error
  const std::string& received() const { return received_; }

 private:
  bool read_some() {
    pollfd polled{fd_.get(), POLLIN, 0};
    if (::poll(&polled, 1, kPatienceMs) <= 0) {
      ADD_FAILURE() << "nothing arrived; so far: " << received_;
      return false;
    }
    std::string buffer(65536, '\0');
    const auto size = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    reset_ = size < 0;
    if (size <= 0) return false;
    received_.append(buffer, 0, static_cast<std::size_t>(size));
    return true;
  }

  base::Fd fd_;
  bool connected_ = false;
  bool reset_ = false;
  std::string received_;
};

// Listens and hands out connections: a server whose every byte the test decides.
class RawServer {
 public:
  RawServer() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    ok_ = ::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), length) == 0 &&
          ::listen(fd_.get(), 16) == 0 &&
          ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &length) == 0;
    port_ = ntohs(address.sin_port);
  }
  std::uint16_t port() const { return port_; }
  std::string url(std::string_view path = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
  }
  RawSocket accept() {
    pollfd polled{fd_.get(), POLLIN, 0};
    EXPECT_TRUE(ok_ && ::poll(&polled, 1, kPatienceMs) == 1);
    return RawSocket(base::Fd(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC)));
  }
  void close() { fd_.reset(); }

 private:
  base::Fd fd_;
  bool ok_ = false;
  std::uint16_t port_ = 0;
};

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "ceems_http_XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  std::string file(const std::string& name) const { return path_ + "/" + name; }
  std::string write(const std::string& name, std::string_view content) const {
    EXPECT_TRUE(base::write_file_atomically(file(name), content, 0600));
    return file(name);
  }

 private:
  std::string path_;
};

inline Route get_route(std::string path, Handler handler, bool quick = false) {
  Route route;
  route.path = std::move(path);
  route.handler = std::move(handler);
  route.quick = quick;
  return route;
}

inline ServerOptions loopback_options() {
  ServerOptions options;
  options.listen_addresses = {"127.0.0.1:0"};
  return options;
}

inline std::unique_ptr<Server> run_server(ServerOptions options, std::vector<Route> routes) {
  auto server = Server::create(std::move(options), std::move(routes));
  EXPECT_TRUE(server) << (server ? "" : server.error().text());
  if (!server) return nullptr;
  (*server)->start();
  return *std::move(server);
}

inline std::unique_ptr<Client> make_client(ClientOptions options = {}) {
  auto client = Client::create(std::move(options));
  EXPECT_TRUE(client) << (client ? "" : client.error().text());
  return client ? *std::move(client) : nullptr;
}

inline std::string url_of(const Server& server, std::string_view path, std::string_view scheme = "http") {
  return std::string(scheme) + "://" + server.addresses().front() + std::string(path);
}

}  // namespace ceems::http::testing
