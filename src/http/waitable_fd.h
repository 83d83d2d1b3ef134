// A descriptor on an io_context that a coroutine can wait for, with one deadline that the server's tick looks
// at. Everything happens on the network thread.
#pragma once

#include "base/fd.h"
#include "http/transport.h"

#include <chrono>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

namespace ceems::http {

using Clock = std::chrono::steady_clock;

// As Clock::now(), but up to some milliseconds late and cheap: for deadlines.
Clock::time_point coarse_now();

class WaitableFd {
 public:
  WaitableFd(boost::asio::io_context& io, base::Fd fd);

  int fd() { return descriptor_.native_handle(); }

  // Until it is readable, or writable for kWantWrite. False once the deadline has passed, after abort(), or
  // when interrupted: then something may have arrived all the same.
  boost::asio::awaitable<bool> wait(IoState state);

  // Forgets that it was ever waited for until writable. Asio would go on to report that with each wait.
  void forget_writable();

  void set_deadline(Clock::time_point deadline) { deadline_ = deadline; }
  Clock::time_point deadline() const { return deadline_; }
  // Called by the tick: interrupts what is waiting once the deadline has passed.
  void check_deadline(Clock::time_point now);
  bool expired() const { return expired_; }
  void allow_again() { expired_ = false; }
  // Makes every wait fail from now on.
  void abort();
  bool aborted() const { return aborted_; }
  // Makes waits fail until resume().
  void interrupt();
  bool interrupted() const { return interrupted_; }
  void resume() { interrupted_ = false; }

 private:
  boost::asio::posix::stream_descriptor descriptor_;
  Clock::time_point deadline_ = Clock::time_point::max();
  bool expired_ = false;
  bool aborted_ = false;
  bool interrupted_ = false;
};

}  // namespace ceems::http
