// The bytes of one server connection: a transport on an io_context, its unread input, and one deadline that
// the server's tick looks at. Everything happens on the network thread.
#pragma once

#include "base/fd.h"
#include "http/transport.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

namespace ceems::http {

using Clock = std::chrono::steady_clock;

enum class ReadState : std::uint8_t { kMore, kEnd, kFailed };

class ConnectionIo {
 public:
  ConnectionIo(boost::asio::io_context& io, base::Fd fd);

  void start_tls(SslPtr ssl) { transport_.start_tls(std::move(ssl)); }
  bool is_tls() const { return transport_.is_tls(); }
  bool met_plain_http() const { return transport_.met_plain_http(); }
  void stop_tls() { transport_.stop_tls(); }
  SSL* ssl() const { return transport_.ssl(); }
  const std::string& error() const { return transport_.error(); }

  boost::asio::awaitable<bool> handshake();

  // What has arrived and has not been consumed. Stays valid until the next read_more() or consume().
  std::string_view input() const { return std::string_view(input_).substr(consumed_); }
  void consume(std::size_t bytes);
  // Waits for more input; kFailed also when the deadline has passed or the connection was aborted.
  boost::asio::awaitable<ReadState> read_more(std::size_t room = 4096);
  // All of both pieces, or false.
  boost::asio::awaitable<bool> write(std::string_view first, std::string_view second = {});

  // Ends the sending side and waits until the other end has closed too, so that it can read the last reply
  // although it was still sending.
  boost::asio::awaitable<void> linger();
  void close_notify() { transport_.close_notify(); }
  // Makes closing look like a failure to the other end (RST), where only the end of the connection ends a
  // body.
  void reset_on_close();

  void set_deadline(Clock::time_point deadline) { deadline_ = deadline; }
  Clock::time_point deadline() const { return deadline_; }
  // Called by the tick: interrupts what is waiting once the deadline has passed.
  void check_deadline(Clock::time_point now);
  bool expired() const { return expired_; }
  void allow_again() { expired_ = false; }  // for the reply that tells of a timeout
  // Makes every wait fail; the owner closes soon.
  void abort();
  // The same, and the other end notices at once, although the owner may still be busy.
  void cut();

 private:
  boost::asio::awaitable<bool> wait_for(IoState state);

  boost::asio::posix::stream_descriptor descriptor_;
  Transport transport_;
  std::string input_;
  std::size_t consumed_ = 0;
  Clock::time_point deadline_ = Clock::time_point::max();
  bool expired_ = false;
  bool aborted_ = false;
};

}  // namespace ceems::http
