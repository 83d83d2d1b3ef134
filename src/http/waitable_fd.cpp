#include "http/waitable_fd.h"

#include <time.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace ceems::http {

namespace asio = boost::asio;

// Clock is CLOCK_MONOTONIC (libstdc++), which this is as of the kernel's last tick: clock_gettime(2).
Clock::time_point coarse_now() {
  ::timespec time{};
  if (::clock_gettime(CLOCK_MONOTONIC_COARSE, &time) != 0) return Clock::now();
  return Clock::time_point(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

WaitableFd::WaitableFd(asio::io_context& io, base::Fd fd) : descriptor_(io, fd.get()) {
  static_cast<void>(fd.release());  // the descriptor closes it
}

asio::awaitable<bool> WaitableFd::wait(IoState state) {
  if (expired_ || aborted_ || interrupted_) co_return false;
  const auto what = state == IoState::kWantWrite ? asio::posix::descriptor_base::wait_write
                                                 : asio::posix::descriptor_base::wait_read;
  const auto [error] = co_await descriptor_.async_wait(what, asio::as_tuple(asio::use_awaitable));
  co_return !error && !expired_ && !aborted_ && !interrupted_;
}

void WaitableFd::forget_writable() {
  descriptor_.assign(descriptor_.release());
}

void WaitableFd::check_deadline(Clock::time_point now) {
  if (now < deadline_ || expired_) return;
  expired_ = true;
  descriptor_.cancel();
}

void WaitableFd::abort() {
  aborted_ = true;
  descriptor_.cancel();
}

void WaitableFd::interrupt() {
  interrupted_ = true;
  descriptor_.cancel();
}

}  // namespace ceems::http
