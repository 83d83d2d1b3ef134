#include "kube/grpc_call.h"

#include "base/fd.h"
#include "base/privilege.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

namespace ceems::kube {

namespace {

using base::ErrorCode;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t kChunk = std::size_t{64} << 10;
constexpr milliseconds kBusy{20};

class Connection {
 public:
  Connection(const GrpcPeer& peer, Clock::time_point deadline) : peer_(peer), deadline_(deadline) {}

  base::Status connect() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (peer_.socket.empty() || peer_.socket.size() >= sizeof address.sun_path)
      return base::fail(ErrorCode::kInvalid, peer_.socket, "no path that a socket can have");
    std::memcpy(address.sun_path, peer_.socket.data(), peer_.socket.size());
    fd_ = base::Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd_) return base::fail_errno(errno, peer_.socket);
    while (true) {
      int error_number = 0;
      base::run_privileged(peer_.capabilities, [&] {
        const int status = ::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
        error_number = status == 0 ? 0 : errno;
      });
      if (error_number == 0) return {};
      if (error_number == ECONNREFUSED)
        return base::fail(ErrorCode::kUnavailable, peer_.socket, "nobody listens");
      if (error_number != EAGAIN && error_number != EINTR)
        return base::fail_errno(error_number, peer_.socket);
      // Too many wait to be accepted: there is nothing to wait for but time.
      CEEMS_TRY_VOID(wait(0, kBusy));
    }
  }

  base::Result<GrpcReply> exchange(GrpcExchange& exchange) {
    std::array<char, kChunk> chunk;
    std::string output;
    while (true) {
      output += exchange.take_output();
      if (auto reply = exchange.reply()) return about_socket(*std::move(reply));
      CEEMS_TRY_VOID(send(output));
      CEEMS_TRY_VOID(wait(output.empty() ? POLLIN : POLLIN | POLLOUT, milliseconds::max()));
      const ssize_t n = ::recv(fd_.get(), chunk.data(), chunk.size(), 0);
      if (n < 0 && (errno == EAGAIN || errno == EINTR)) continue;
      if (n < 0) return base::fail(ErrorCode::kUnavailable, peer_.socket, "{}", std::strerror(errno));
      if (n == 0)
        return base::fail(ErrorCode::kUnavailable, peer_.socket, "the connection ended before the answer");
      // Its error is in the reply too.
      (void)exchange.receive(std::string_view(chunk.data(), static_cast<std::size_t>(n)));
    }
  }

 private:
  base::Status send(std::string& output) const {
    while (!output.empty()) {
      const ssize_t n = ::send(fd_.get(), output.data(), output.size(), MSG_NOSIGNAL);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno == EAGAIN) return {};
      // What the peer said before it closed may still be read.
      if (n < 0 && (errno == EPIPE || errno == ECONNRESET)) {
        output.clear();
        return {};
      }
      if (n < 0) return base::fail_errno(errno, peer_.socket);
      output.erase(0, static_cast<std::size_t>(n));
    }
    return {};
  }

  // For those events, or for that time.
  base::Status wait(int events, milliseconds most) const {
    const auto left = std::chrono::ceil<milliseconds>(deadline_ - Clock::now());
    if (left.count() <= 0) return base::fail(ErrorCode::kTimeout, peer_.socket, "no answer in time");
    std::array<pollfd, 2> fds{
        pollfd{.fd = peer_.cancel_fd, .events = POLLIN, .revents = 0},
        pollfd{.fd = events == 0 ? -1 : fd_.get(), .events = static_cast<short>(events), .revents = 0}};
    const int ready = ::poll(fds.data(), fds.size(), static_cast<int>(std::min(left, most).count()));
    if (ready < 0 && errno != EINTR) return base::fail_errno(errno, peer_.socket);
    if (ready > 0 && fds[0].revents != 0) return base::fail(ErrorCode::kCancelled, peer_.socket, "cancelled");
    return {};
  }

  base::Result<GrpcReply> about_socket(base::Result<GrpcReply> reply) const {
    if (!reply) reply.error().subject = peer_.socket + " " + reply.error().subject;
    return reply;
  }

  const GrpcPeer& peer_;
  const Clock::time_point deadline_;
  base::Fd fd_;
};

}  // namespace

base::Result<GrpcReply> grpc_call(const GrpcPeer& peer, GrpcRequest request) {
  Connection connection(peer, Clock::now() + request.timeout);
  CEEMS_TRY_VOID(connection.connect());
  GrpcExchange exchange(std::move(request));
  return connection.exchange(exchange);
}

}  // namespace ceems::kube
