// One attempt to have a request answered by an upstream: connects or takes a kept connection, sends the
// request, and passes the response on to the client. Lives for as long as run() takes. Used on the network
// thread only; most of Forward's hooks are called from here.
#pragma once

#include "http/exchange.h"
#include "http/forward.h"
#include "http/framing.h"
#include "http/server_core.h"
#include "http/upstream_pool.h"
#include "http/upstream_state.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

namespace ceems::http {

class Forwarding {
 public:
  enum class End : std::uint8_t {
    kDelivered,  // the client has the whole response
    kCut,        // the client's connection cannot go on
    kFailed,     // nothing has reached the client: on_failure is next
    kRefused,    // the same, by the client's own fault: see refusal()
  };

  // `buffer` is memory to be reused. Everything must outlive this.
  Forwarding(ServerCore& core, ConnectionIo& client, Exchange& exchange, Forward& forward,
             std::string& buffer);
  // Tells on_end of an attempt that was thrown away.
  ~Forwarding();
  Forwarding(const Forwarding&) = delete;
  Forwarding& operator=(const Forwarding&) = delete;

  boost::asio::awaitable<End> run();

  const Outcome& outcome() const { return outcome_; }  // after run()
  HeadFault refusal() const { return refusal_; }

  // The tick: limits, a client that has gone, an upstream that answers before it has the whole request.
  void check(Clock::time_point now);
  // The server gives up.
  void stop();

 private:
  enum class Step : std::uint8_t { kConnecting, kSending, kAwaitingHead, kPassingOn };
  enum class Sent : std::uint8_t { kAnswered, kDeadConnection, kFailed };

  boost::asio::awaitable<End> attempt();
  bool prepare();
  boost::asio::awaitable<bool> fetch_token();

  // forwarding_connect.cpp: sets connection_.
  bool take_kept();
  boost::asio::awaitable<bool> connect();
  boost::asio::awaitable<base::Result<Endpoints>> resolve(const Url& peer);
  boost::asio::awaitable<base::Status> connect_to(const Endpoints& endpoints);
  boost::asio::awaitable<base::Status> open_tunnel();
  boost::asio::awaitable<base::Status> start_tls();

  // forwarding_send.cpp: sends the request, sets head_.
  boost::asio::awaitable<Sent> ask();
  bool send_at_once();
  boost::asio::awaitable<bool> send_request();
  void write_request_head();
  boost::asio::awaitable<bool> send_client_body();
  boost::asio::awaitable<bool> write_upstream(std::string_view first, std::string_view second = {});
  bool answered_early();
  bool refuse(HeadFault fault);
  boost::asio::awaitable<bool> read_head();
  bool take_head(std::size_t size);

  // forwarding_body.cpp: sends the response.
  boost::asio::awaitable<End> deliver();
  bool edit_head();
  bool shape_reply();  // writes the head to out_; whether a body follows
  bool pass_at_once();
  boost::asio::awaitable<bool> pass_by_length();
  boost::asio::awaitable<bool> pass_decoded();
  // Turns what has arrived into piece_. Returns how much was used; sets `done` after the last.
  base::Result<std::size_t> decode(std::string_view raw, bool at_end, bool& done);
  boost::asio::awaitable<bool> emit(bool last);
  // out_, then `piece`; empties out_.
  boost::asio::awaitable<bool> write_client(std::string_view piece);
  // As much of that as goes without waiting; the rest stays in out_ and `piece`. Whether that was all.
  bool write_client_now(std::string_view& piece);
  // Waits for at least one byte of the body, or its end, and reads it into `room`.
  boost::asio::awaitable<IoResult> read_body(std::span<char> room);
  // Where the next piece goes. Made when the head's read did not bring all, and larger once it was full.
  std::span<char> room();
  void keep_connection();

  // The first failure stays. False, to be returned.
  bool fail(ForwardFault fault, base::Error error);
  bool fail_upstream(std::string_view doing);  // the connection to it does not work any more
  bool fail_client(std::string_view doing);
  End failure_end() const;
  void await_client();
  void await_upstream(std::chrono::milliseconds limit);
  bool is_resendable() const;
  bool is_over() const { return client_gone_ || stopped_ || overdue_; }  // nothing more is to be begun
  void tell_end();

  ServerCore& core_;
  ConnectionIo& client_;
  Exchange& exchange_;
  Forward& forward_;
  std::string& out_;  // what is being written: a head, the frame of a chunk
  UpstreamState& upstream_;
  const Clock::time_point started_;
  Clock::time_point total_deadline_ = Clock::time_point::max();
  Clock::time_point connect_deadline_ = Clock::time_point::max();

  Step step_ = Step::kConnecting;
  std::unique_ptr<WaitableFd> lookup_;
  std::unique_ptr<UpstreamConnection> connection_;
  std::shared_ptr<const Fields> credentials_;
  std::string token_;
  std::string_view text_;         // the request's body, where it is in memory
  std::string_view unsent_head_;  // of out_
  std::string_view unsent_;       // of text_
  bool streams_body_ = false;
  bool body_begun_ = false;    // the client's body has been consumed in part
  bool request_seen_ = false;  // something of the request may have been sent
  bool early_ = false;         // the answer came before all had been sent

  ResponseHead head_;
  Framing framing_;  // of the response
  ForwardedHead edited_;
  BodyKind shape_ = BodyKind::kNone;  // how the client gets it
  bool reusable_ = false;             // the upstream keeps its connection
  std::uint64_t body_left_ = 0;       // of a body with a length
  ChunkDecoder decoder_;
  std::string piece_;      // of a body, decoded
  std::string raw_piece_;  // the same, before the rewriter
  std::unique_ptr<char[]> room_;
  std::size_t room_size_ = 0;
  bool room_was_full_ = false;

  Outcome outcome_;
  HeadFault refusal_{0, ""};
  bool client_gone_ = false;
  bool stopped_ = false;
  bool overdue_ = false;  // the total limit has passed
  bool told_ = false;
};

}  // namespace ceems::http
