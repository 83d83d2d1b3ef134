// The bytes of one connection on an io_context, a client's or one to an upstream: a transport, its unread
// input, and one deadline that the server's tick looks at. Everything happens on the network thread.
#pragma once

#include "base/fd.h"
#include "base/result.h"
#include "http/transport.h"
#include "http/waitable_fd.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

namespace ceems::http {

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
  // The end of a connect that begin_connect() began, for which this may have to wait.
  boost::asio::awaitable<base::Status> connected();

  // What has arrived and has not been consumed. Stays valid until the next read or consume().
  std::string_view input() const { return std::string_view(input_).substr(consumed_); }
  void consume(std::size_t bytes);
  // Adds to the input what is there now.
  IoState try_read(std::size_t room = 4096);
  // Waits for more input; kFailed also when the deadline has passed or the connection was interrupted.
  // `likely_there`: looks before it waits.
  boost::asio::awaitable<ReadState> read_more(std::size_t room = 4096, bool likely_there = true);
  // Past the input, which must have been consumed.
  IoResult try_read_into(std::span<char> buffer) { return transport_.read(buffer); }
  // Writes for as long as that goes without waiting, and cuts what was written off the pieces. kDone once
  // nothing is left.
  IoState write_now(std::string_view& first, std::string_view& second);
  boost::asio::awaitable<bool> wait(IoState state) { return waitable_.wait(state); }
  // All of both pieces, or false.
  boost::asio::awaitable<bool> write(std::string_view first, std::string_view second = {});

  // Whether the other end has closed its sending side, or all.
  bool other_end_left();
  // Whether bytes, or the end, are there to be read.
  bool readable();
  // Whether it has sent nothing and is there: a connection that waits for its next request.
  bool quiet();
  // Gives memory back. What arrives later makes new.
  void trim();

  // Ends the sending side and waits until the other end has closed too, so that it can read the last reply
  // although it was still sending. Does nothing after reset_on_close().
  boost::asio::awaitable<void> linger();
  void close_notify();
  // Makes closing look like a failure to the other end (RST), where only the end of the connection ends a
  // body.
  void reset_on_close();

  void set_deadline(Clock::time_point deadline) { waitable_.set_deadline(deadline); }
  Clock::time_point deadline() const { return waitable_.deadline(); }
  // Called by the tick: interrupts what is waiting once the deadline has passed.
  void check_deadline(Clock::time_point now) { waitable_.check_deadline(now); }
  bool expired() const { return waitable_.expired(); }
  void allow_again() { waitable_.allow_again(); }  // for the reply that tells of a timeout
  // Makes every wait fail; the owner closes soon.
  void abort() { waitable_.abort(); }
  // The same, and the other end notices at once, although the owner may still be busy.
  void cut();
  // Makes waits fail until resume().
  void interrupt() { waitable_.interrupt(); }
  bool interrupted() const { return waitable_.interrupted(); }
  void resume() { waitable_.resume(); }

 private:
  WaitableFd waitable_;
  Transport transport_;
  std::string input_;
  std::size_t consumed_ = 0;
  bool abrupt_ = false;
};

}  // namespace ceems::http
