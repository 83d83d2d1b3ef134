#include "http/connection_io.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace ceems::http {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kMaxLingerBytes = std::size_t{1} << 20;

}  // namespace

ConnectionIo::ConnectionIo(asio::io_context& io, base::Fd fd)
    : descriptor_(io, fd.get()), transport_(fd.get()) {
  static_cast<void>(fd.release());  // the descriptor closes it
}

asio::awaitable<bool> ConnectionIo::wait_for(IoState state) {
  if (expired_ || aborted_) co_return false;
  const auto what = state == IoState::kWantWrite ? asio::posix::descriptor_base::wait_write
                                                 : asio::posix::descriptor_base::wait_read;
  const auto [error] = co_await descriptor_.async_wait(what, asio::as_tuple(asio::use_awaitable));
  co_return !error && !expired_ && !aborted_;
}

asio::awaitable<bool> ConnectionIo::handshake() {
  while (true) {
    const IoState state = transport_.handshake();
    if (state == IoState::kDone) co_return true;
    if (state != IoState::kWantRead && state != IoState::kWantWrite) co_return false;
    const bool ready = co_await wait_for(state);
    if (!ready) co_return false;
  }
}

void ConnectionIo::consume(std::size_t bytes) {
  consumed_ += bytes;
  if (consumed_ != input_.size()) return;
  input_.clear();
  consumed_ = 0;
}

asio::awaitable<ReadState> ConnectionIo::read_more(std::size_t room) {
  if (consumed_ > 0) {
    input_.erase(0, consumed_);
    consumed_ = 0;
  }
  const std::size_t old_size = input_.size();
  while (true) {
    // Nothing is held for the input while a connection idles.
    input_.resize(old_size + room);
    const IoResult result = transport_.read(std::span(input_).subspan(old_size));
    input_.resize(old_size + result.bytes);
    if (result.state == IoState::kDone) co_return ReadState::kMore;
    if (result.state == IoState::kClosed) co_return ReadState::kEnd;
    if (result.state == IoState::kFailed) co_return ReadState::kFailed;
    const bool ready = co_await wait_for(result.state);
    if (!ready) co_return ReadState::kFailed;
  }
}

asio::awaitable<bool> ConnectionIo::write(std::string_view first, std::string_view second) {
  while (!first.empty() || !second.empty()) {
    if (expired_ || aborted_) co_return false;
    const IoResult result = transport_.write(first, second);
    if (result.state == IoState::kDone) {
      const std::size_t of_first = std::min(result.bytes, first.size());
      first.remove_prefix(of_first);
      second.remove_prefix(result.bytes - of_first);
      continue;
    }
    if (result.state != IoState::kWantRead && result.state != IoState::kWantWrite) co_return false;
    const bool ready = co_await wait_for(result.state);
    if (!ready) co_return false;
  }
  co_return true;
}

asio::awaitable<void> ConnectionIo::linger() {
  transport_.close_notify();
  ::shutdown(descriptor_.native_handle(), SHUT_WR);
  std::size_t discarded = 0;
  std::array<char, 4096> waste;
  while (discarded < kMaxLingerBytes) {
    const auto received = ::recv(descriptor_.native_handle(), waste.data(), waste.size(), 0);
    if (received > 0) {
      discarded += static_cast<std::size_t>(received);
      continue;
    }
    if (received == 0 || errno != EAGAIN) co_return;
    const bool ready = co_await wait_for(IoState::kWantRead);
    if (!ready) co_return;
  }
}

void ConnectionIo::reset_on_close() {
  const ::linger abrupt{1, 0};
  static_cast<void>(::setsockopt(descriptor_.native_handle(), SOL_SOCKET, SO_LINGER, &abrupt, sizeof abrupt));
}

void ConnectionIo::check_deadline(Clock::time_point now) {
  if (now < deadline_ || expired_) return;
  expired_ = true;
  descriptor_.cancel();
}

void ConnectionIo::cut() {
  abort();
  ::shutdown(descriptor_.native_handle(), SHUT_RDWR);
}

void ConnectionIo::abort() {
  aborted_ = true;
  descriptor_.cancel();
}

}  // namespace ceems::http
