// One client of the server, from handshake to close: reads requests one after the other (pipelined ones
// wait), lets in whom the web configuration lets in, calls handlers, writes replies.
#pragma once

#include "http/connection_io.h"
#include "http/exchange.h"
#include "http/forward.h"
#include "http/listener.h"
#include "http/server_core.h"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

namespace ceems::http {

class Forwarding;

class Connection {
 public:
  Connection(ServerCore& core, base::Fd fd, Peer peer);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  boost::asio::awaitable<void> run();

  // The tick, once a second.
  void check(Clock::time_point now);
  // No request has begun.
  bool idle() const { return phase_ == Phase::kIdle; }
  bool serving() const { return phase_ == Phase::kServing; }
  Clock::time_point deadline() const { return io_.deadline(); }
  void abort() { io_.abort(); }
  void cut();

 private:
  enum class Phase : std::uint8_t { kHandshake, kIdle, kServing };

  boost::asio::awaitable<bool> handshake();
  boost::asio::awaitable<void> linger();
  // The size of the next head, or 0 when there will be none; has told the client why, then.
  boost::asio::awaitable<std::size_t> read_head(bool first);
  boost::asio::awaitable<bool> serve(std::size_t head_size);  // whether the connection goes on
  std::optional<HeadFault> begin(Exchange& exchange, std::string_view head) const;
  // A reply for a request that gets no further: not let in by the web configuration; no such route, too
  // large.
  boost::asio::awaitable<std::optional<Response>> refuse_by_guard(Exchange& exchange);
  std::optional<Response> refuse(Exchange& exchange) const;
  boost::asio::awaitable<std::optional<Response>> authenticate(Exchange& exchange);
  std::optional<Response> choose_route(Exchange& exchange) const;
  // A fault of the body; status 0 when the connection has broken.
  boost::asio::awaitable<std::optional<HeadFault>> read_body(Exchange& exchange, std::size_t limit);
  boost::asio::awaitable<Response> handle(Exchange& exchange);

  // decide.cpp: routes that decide. These tell whether the connection goes on, too.
  boost::asio::awaitable<bool> serve_decided(Exchange& exchange);
  // These put the next answer in the place of the one that asked for them.
  boost::asio::awaitable<void> go_on_later(Exchange& exchange, Later& later, Answer& answer);
  boost::asio::awaitable<void> go_on_when_rung(Exchange& exchange, Wait& wait, Answer& answer);
  boost::asio::awaitable<void> wait_for(Bell& bell, Clock::time_point until);
  // `next` is set where the client has got nothing yet.
  boost::asio::awaitable<bool> forward(Exchange& exchange, Forward& forward, std::optional<Answer>& next);
  // Replies, and ends the connection if part of the request was not read.
  boost::asio::awaitable<bool> conclude(Exchange& exchange, Response& response);

  boost::asio::awaitable<bool> reply(Exchange& exchange, Response& response);
  boost::asio::awaitable<bool> reply_streamed(Exchange& exchange, Response& response);
  boost::asio::awaitable<void> reply_fault(HeadFault fault);

  ServerCore& core_;
  ConnectionIo io_;
  const Peer peer_;
  Phase phase_ = Phase::kHandshake;
  std::string out_;                               // the head being written; kept to spare allocations
  Forwarding* forwarding_ = nullptr;              // while there is one
  boost::asio::steady_timer* waiting_ = nullptr;  // likewise
  bool cut_ = false;
};

}  // namespace ceems::http
