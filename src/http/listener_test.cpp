#include "http/listener.h"

#include "http/test_support.h"

#include <fcntl.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cstring>

namespace ceems::http {
namespace {

using namespace testing;

TEST(Listeners, TakeBothFamiliesWithoutAHost) {
  ServerOptions options;
  options.listen_addresses = {":0"};
  const auto server = run_server(
      std::move(options),
      {get_route("/", [](const Request& request) { return text_response(200, request.peer_address); })});
  const std::string port = std::to_string(port_of(server->addresses().front()));
  EXPECT_EQ(make_client()->send("http://127.0.0.1:" + port + "/", {})->text(), "127.0.0.1");
  if (server->addresses().front().starts_with("[::]")) {
    const auto response = make_client()->send("http://[::1]:" + port + "/", {});
    // A machine may have the family and no loopback address in it.
    EXPECT_EQ(response ? response->text() : "::1", "::1");
  }
}

TEST(Listeners, BindEveryAddress) {
  const auto listeners = open_listeners({"127.0.0.1:0", "localhost:0"});
  ASSERT_TRUE(listeners);
  ASSERT_EQ(listeners->size(), 2U);
  for (const Listener& listener : *listeners) {
    EXPECT_TRUE(listener.address.starts_with("127.0.0.1:")) << listener.address;
    EXPECT_TRUE((::fcntl(listener.fd.get(), F_GETFD) & FD_CLOEXEC) != 0);
  }
}

TEST(Listeners, RefuseMalformedAddresses) {
  for (const char* address :
       {"", "9010", "localhost", "localhost:", "localhost:http", "localhost:65536", "::1:9010", "[::1]",
        "no.such.host.invalid:9010", "vsock://", "vsock://x:1", "192.0.2.1.5:1"}) {
    const auto listeners = open_listeners({address});
    ASSERT_FALSE(listeners) << address;
    EXPECT_EQ(listeners.error().subject, address);
  }
  EXPECT_FALSE(open_listeners({}));
}

// Runs `body` in a child that has `fd` as its descriptor 3, as the service manager starts a program; its exit
// status.
template <class Body>
int in_child(int fd, const char* count, Body body) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (fd >= 0) ::dup2(fd, 3);
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    ::setenv("LISTEN_FDS", count, 1);
    ::_exit(body() ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

base::Fd unix_listener(const std::string& path) {
  base::Fd fd(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(::listen(fd.get(), 4), 0);
  return fd;
}

bool serves_on_passed_socket(const std::string& expected_address, const std::string& url) {
  ServerOptions options;
  options.systemd_socket = true;
  auto server = Server::create(std::move(options), {get_route("/", [](const Request& request) {
                                 return text_response(200, "peer=" + request.peer_address);
                               })});
  if (!server || (*server)->addresses() != std::vector<std::string>{expected_address}) return false;
  const bool cleaned = std::getenv("LISTEN_FDS") == nullptr && std::getenv("LISTEN_PID") == nullptr &&
                       (::fcntl(3, F_GETFD) & FD_CLOEXEC) != 0;
  (*server)->start();
  const auto response = make_client()->send(url, {});
  return cleaned && response && response->text().starts_with("peer=");
}

TEST(SystemdSocket, IsTakenOverFromTcp) {
  auto listeners = open_listeners({"127.0.0.1:0"});
  ASSERT_TRUE(listeners);
  const std::string address = listeners->front().address;
  EXPECT_EQ(in_child(listeners->front().fd.get(), "1",
                     [&] { return serves_on_passed_socket(address, "http://" + address + "/"); }),
            0);
}

TEST(SystemdSocket, IsTakenOverFromAUnixSocket) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("s.sock");
  const base::Fd fd = unix_listener(path);
  EXPECT_EQ(
      in_child(fd.get(), "1", [&] { return serves_on_passed_socket("unix:" + path, "unix:" + path + ":/"); }),
      0);
}

TEST(SystemdSocket, IsGivenOutByName) {
  auto listeners = open_listeners({"127.0.0.1:0"});
  ASSERT_TRUE(listeners);
  const std::string address = listeners->front().address;
  EXPECT_EQ(in_child(listeners->front().fd.get(), "1",
                     [&] {
                       ::setenv("LISTEN_FDNAMES", "tsdb", 1);
                       const auto others = systemd_listeners("pyroscope");
                       const auto first = systemd_listeners("tsdb");
                       const auto again = systemd_listeners("tsdb");
                       return !others && others.error().code == base::ErrorCode::kNotFound && first &&
                              first->size() == 1 && first->front().address == address && !again;
                     }),
            0);
}

TEST(SystemdSocket, IsAnErrorWhenNothingWasPassed) {
  for (const char* count : {"0", "", "x"})
    EXPECT_EQ(in_child(-1, count, [] { return !systemd_listeners(""); }), 0) << count;
  EXPECT_FALSE(systemd_listeners("")) << "meant for another process";
}

TEST(SystemdSocket, MustBeAListeningStream) {
  const base::Fd datagram(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const base::Fd unbound(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  for (const int fd : {datagram.get(), unbound.get()})
    EXPECT_EQ(in_child(fd, "1", [] { return !systemd_listeners(""); }), 0);
  EXPECT_EQ(in_child(unbound.get(), "500", [] { return !systemd_listeners(""); }), 0);
}

}  // namespace
}  // namespace ceems::http
