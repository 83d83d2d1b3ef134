// One client of the server, from handshake to close: reads requests one after the other (pipelined ones
// wait), lets in whom the web configuration lets in, calls handlers, writes replies.
#pragma once

#include "http/connection_io.h"
#include "http/framing.h"
#include "http/listener.h"
#include "http/server_core.h"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

namespace ceems::http {

class Connection {
 public:
  Connection(ServerCore& core, base::Fd fd, Peer peer);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  boost::asio::awaitable<void> run();

  void check_deadline(Clock::time_point now) { io_.check_deadline(now); }
  // No request has begun.
  bool idle() const { return phase_ == Phase::kIdle; }
  bool serving() const { return phase_ == Phase::kServing; }
  Clock::time_point deadline() const { return io_.deadline(); }
  void abort() { io_.abort(); }
  void cut() { io_.cut(); }

 private:
  enum class Phase : std::uint8_t { kHandshake, kIdle, kServing };

  // A request whose head has arrived.
  struct Exchange {
    Request request;
    Framing framing;
    int minor_version = 1;
    bool keep_alive = false;
    bool expects_continue = false;
    bool body_unread = false;
    const Route* route = nullptr;
    std::shared_ptr<const config::WebConfig> web;  // null without a web configuration
  };

  boost::asio::awaitable<bool> handshake();
  boost::asio::awaitable<void> linger();
  // The size of the next head, or 0 when there will be none; has told the client why, then.
  boost::asio::awaitable<std::size_t> read_head(bool first);
  boost::asio::awaitable<bool> serve(std::size_t head_size);  // whether the connection goes on
  std::optional<HeadFault> begin(Exchange& exchange, std::string_view head) const;
  // A reply for a request that gets no further: not let in, no such route, too large.
  boost::asio::awaitable<std::optional<Response>> refuse(Exchange& exchange);
  boost::asio::awaitable<std::optional<Response>> authenticate(Exchange& exchange);
  std::optional<Response> choose_route(Exchange& exchange) const;
  // A fault of the body; status 0 when the connection has broken.
  boost::asio::awaitable<std::optional<HeadFault>> read_body(Exchange& exchange);
  boost::asio::awaitable<Response> handle(Exchange& exchange);

  boost::asio::awaitable<bool> reply(Exchange& exchange, Response& response);
  boost::asio::awaitable<bool> reply_streamed(Exchange& exchange, Response& response);
  boost::asio::awaitable<void> reply_fault(HeadFault fault);

  ServerCore& core_;
  ConnectionIo io_;
  const Peer peer_;
  Phase phase_ = Phase::kHandshake;
  std::string out_;  // the head being written; kept to spare allocations
};

}  // namespace ceems::http
