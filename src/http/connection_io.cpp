#include "http/connection_io.h"

#include "http/endpoint.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace ceems::http {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kMaxLingerBytes = std::size_t{1} << 20;

}  // namespace

ConnectionIo::ConnectionIo(asio::io_context& io, base::Fd fd)
    : waitable_(io, std::move(fd)), transport_(waitable_.fd()) {}

asio::awaitable<bool> ConnectionIo::handshake() {
  while (true) {
    const IoState state = transport_.handshake();
    if (state == IoState::kDone) co_return true;
    if (!must_wait(state)) co_return false;
    const bool ready = co_await wait(state);
    if (!ready) co_return false;
  }
}

asio::awaitable<base::Status> ConnectionIo::connected() {
  const bool ready = co_await wait(IoState::kWantWrite);
  if (!ready) co_return base::fail(base::ErrorCode::kTimeout, "", "connecting: timed out");
  waitable_.forget_writable();
  co_return connect_result(waitable_.fd());
}

void ConnectionIo::consume(std::size_t bytes) {
  consumed_ += bytes;
  if (consumed_ != input_.size()) return;
  input_.clear();
  consumed_ = 0;
}

IoState ConnectionIo::try_read(std::size_t room) {
  if (consumed_ > 0) {
    input_.erase(0, consumed_);
    consumed_ = 0;
  }
  const std::size_t old_size = input_.size();
  IoResult result;
  input_.resize_and_overwrite(old_size + room, [&](char* data, std::size_t size) {
    result = transport_.read({data + old_size, size - old_size});
    return old_size + result.bytes;
  });
  return result.state;
}

asio::awaitable<ReadState> ConnectionIo::read_more(std::size_t room, bool likely_there) {
  // OpenSSL may hold what the socket no longer has.
  if (!likely_there && !is_tls()) {
    const bool ready = co_await wait(IoState::kWantRead);
    if (!ready) co_return ReadState::kFailed;
  }
  while (true) {
    const IoState state = try_read(room);
    if (state == IoState::kDone) co_return ReadState::kMore;
    if (state == IoState::kClosed) co_return ReadState::kEnd;
    if (state == IoState::kFailed) co_return ReadState::kFailed;
    const bool ready = co_await wait(state);
    if (!ready) co_return ReadState::kFailed;
  }
}

IoState ConnectionIo::write_now(std::string_view& first, std::string_view& second) {
  while (!first.empty() || !second.empty()) {
    const IoResult result = transport_.write(first, second);
    if (result.state != IoState::kDone) return result.state;
    const std::size_t of_first = std::min(result.bytes, first.size());
    first.remove_prefix(of_first);
    second.remove_prefix(result.bytes - of_first);
  }
  return IoState::kDone;
}

asio::awaitable<bool> ConnectionIo::write(std::string_view first, std::string_view second) {
  while (true) {
    if (waitable_.expired() || waitable_.aborted()) co_return false;
    const IoState state = write_now(first, second);
    if (state == IoState::kDone) co_return true;
    if (!must_wait(state)) co_return false;
    const bool ready = co_await wait(state);
    if (!ready) co_return false;
  }
}

bool ConnectionIo::other_end_left() {
  pollfd polled{waitable_.fd(), POLLRDHUP, 0};
  return ::poll(&polled, 1, 0) == 1;
}

bool ConnectionIo::readable() {
  pollfd polled{waitable_.fd(), POLLIN | POLLRDHUP, 0};
  return ::poll(&polled, 1, 0) == 1;
}

bool ConnectionIo::quiet() {
  char byte = 0;
  return ::recv(waitable_.fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

void ConnectionIo::trim() {
  if (input_.empty()) std::string().swap(input_);
}

asio::awaitable<void> ConnectionIo::linger() {
  if (abrupt_) co_return;
  transport_.close_notify();
  ::shutdown(waitable_.fd(), SHUT_WR);
  std::size_t discarded = 0;
  std::array<char, 4096> waste;
  while (discarded < kMaxLingerBytes) {
    const auto received = ::recv(waitable_.fd(), waste.data(), waste.size(), 0);
    if (received > 0) {
      discarded += static_cast<std::size_t>(received);
      continue;
    }
    if (received == 0 || errno != EAGAIN) co_return;
    const bool ready = co_await wait(IoState::kWantRead);
    if (!ready) co_return;
  }
}

void ConnectionIo::close_notify() {
  if (!abrupt_) transport_.close_notify();
}

void ConnectionIo::reset_on_close() {
  abrupt_ = true;
  const ::linger abrupt{1, 0};
  static_cast<void>(::setsockopt(waitable_.fd(), SOL_SOCKET, SO_LINGER, &abrupt, sizeof abrupt));
}

void ConnectionIo::cut() {
  abort();
  ::shutdown(waitable_.fd(), SHUT_RDWR);
}

}  // namespace ceems::http
