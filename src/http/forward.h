// Reverse proxying: a route whose handler decides for each request what becomes of it, and what it can
// decide.
//
//   route.decide = [&](Request& request) -> Answer {
//     if (!may_pass(request)) return text_response(403, "no\n");
//     Forward forward;
//     forward.upstream = backend;
//     forward.method = request.method;
//     forward.target = request.target;
//     forward.fields = request.fields;
//     return forward;
//   };
//
// Bodies stream both ways with backpressure, in pieces of 16 kB, or 64 kB where they come fast: memory does
// not depend on their size, and a piece is sent on as soon as it has arrived. Framing is made anew: a length
// stays a length, chunks stay chunks (of other sizes), what ends with the connection becomes chunks for a
// client of HTTP/1.1. Both heads are read strictly (http/head.h), fields that concern one connection are left
// out both ways (RFC 9110 §7.6.1), as are trailers; nothing is upgraded. CONNECT and TRACE never get here:
// they are answered with 405.
//
// What breaks after the first byte of the response cuts the client's connection, so that a body that is not
// whole never looks whole. A client that goes away ends the exchange with the upstream, within a second
// where nothing is being transferred.
#pragma once

#include "base/result.h"
#include "http/message.h"
#include "http/upstream.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ceems::http {

// What ended the forwarding of a request.
enum class ForwardFault : std::uint8_t {
  kNone,         // nothing: the response was passed on to its end
  kClient,       // the client went away, stopped reading or sending, or sent a broken body
  kConnect,      // no connection to the upstream: name, address, TLS, proxy. It has seen nothing
  kBroken,       // the upstream closed before its response was complete
  kMalformed,    // what the upstream sent is no response in HTTP/1, or its head is too large
  kTimeout,      // the upstream let a time limit pass
  kCredentials,  // there is nothing to authenticate with: a secret's file, the token server
  kRewrite,      // on_head or the rewriter of the body failed
  kStopped,      // the server was stopped
};
std::string_view fault_name(ForwardFault fault);  // "none", "client", "connect", …: for logs and labels

// Whether that speaks against the health of the upstream: kConnect, kBroken, kMalformed, kTimeout.
bool blames_upstream(ForwardFault fault);

// How one attempt ended.
struct Outcome {
  ForwardFault fault = ForwardFault::kNone;
  base::Error error;                 // in words, the upstream's redacted URL as its subject; empty for kNone
  int status = 0;                    // of the upstream's response; 0 when none arrived
  bool head_sent = false;            // the client has received something of this response
  bool can_retry = false;            // another Forward may be tried; see Forward::on_failure
  bool kept_connection = false;      // the last connection tried had been used before
  std::uint64_t request_bytes = 0;   // of the body, sent to the upstream
  std::uint64_t response_bytes = 0;  // of the body as it went to the client, without the framing
  std::chrono::nanoseconds to_head{0};  // from the decision until the response's head arrived; 0 without
  std::chrono::nanoseconds duration{0};
};

// Changes a body on its way to the client: takes the next piece and appends to `out` what is to be sent now,
// which may be nothing. `last` is true in the last call, whose piece may be empty. Called on the network
// thread: must not block, and should hold little. What it appends for one piece is held in memory until it
// has been sent. An error cuts the client's connection, or counts as a failed attempt as long as nothing was
// sent: the head waits for the first bytes.
using BodyRewriter = std::function<base::Status(std::string_view piece, bool last, std::string& out)>;

// The response of an upstream before it is sent on. The fields are without those of its connection; a
// Content-Length is among them if the upstream named one, and is ignored with a rewriter.
struct ForwardedHead {
  int status = 200;
  Fields fields;
  BodyRewriter rewriter;  // empty: the body goes through as it is. Not called for responses without a body
};

struct Answer;

// The client's own body, sent on as it arrives.
struct ClientBody {
  std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();  // bytes; beyond: 413
};

// Ask an upstream, and let the client have its response.
struct Forward {
  std::shared_ptr<const Upstream> upstream;  // never null
  std::string method = "GET";
  std::string target = "/";  // path and query, encoded; the path of the upstream's URL comes before it
  // All that the upstream may see of the request. Added or replaced are Host, framing, and what the options
  // of the upstream say: credentials, extra headers, User-Agent, X-Forwarded-For. Accept-Encoding and the
  // rest stay as they are here.
  Fields fields;
  // A text is kept, so that it can be sent again: move Request::body here after a ReadBody. ClientBody after
  // a ReadBody means that body, which ReadBody has left in Request::body.
  std::variant<ClientBody, std::string> body;
  bool idempotent = false;  // may be sent again although the method does not promise that (a query by POST)
  // How long the client may neither take nor send anything.
  std::chrono::milliseconds client_idle_timeout{60'000};

  // Hooks run on the network thread and must not block. What they throw counts as a failure.

  // Once, when the response's head has arrived and before anything goes to the client. An error makes the
  // attempt a failed one (kRewrite).
  std::move_only_function<base::Status(ForwardedHead& head)> on_head;
  // Exactly once for each Forward that the server has begun to carry out, also when it stops; where
  // on_failure is called too, before it. A Forward that is thrown away unused (the server was destroyed while
  // a step ran) is only destroyed.
  std::move_only_function<void(const Outcome& outcome)> on_end;
  // What to do about a failed attempt (not kClient, not kStopped) of which nothing has reached the client:
  // `*failed` is this Forward, without its on_end and on_failure. Returned it may be, with another upstream,
  // if outcome.can_retry: the body is still there, and the request is safe, idempotent or has never been
  // sent. A Forward returned in spite of that is not tried but answered with 502. Empty: 504 for kTimeout,
  // 502 else.
  std::move_only_function<Answer(const Outcome& outcome, std::unique_ptr<Forward> failed)> on_failure;
};

// The next step of a decision. Called once. It may move parts out of the request; what it leaves there is
// what later steps and ServerOptions::finish see.
using Step = std::move_only_function<Answer(Request& request)>;

// Read the client's body into Request::body, then go on. More than `limit` bytes: 413. A body that has been
// read, or that is not there, goes on at once.
struct ReadBody {
  std::size_t limit = 0;
  Step then;
};

// Go on on a worker thread, where it may block.
struct Later {
  Step then;
};

// What requests wait for. Used on the network thread only, by first steps and hooks.
class Bell {
 public:
  // Wakes all that wait for it; it stays rung.
  void ring();
  bool rung() const { return rung_; }

 private:
  friend class Connection;

  struct Waiter {
    std::function<void()> wake;
  };
  std::vector<Waiter*> waiters_;  // they live where they wait
  bool rung_ = false;
};

// Wait until the bell has rung or the time has come, whichever is first, then go on, on the network thread.
// Holds no thread. A server that stops ends the request at once, and goes on with nothing.
struct Wait {
  std::shared_ptr<Bell> bell;  // never null
  std::chrono::steady_clock::time_point until;
  Step then;
};

// What a step comes to.
struct Answer {
  // Not explicit: steps return one of these.
  Answer(Response response) : step(std::move(response)) {}  // NOLINT(google-explicit-constructor)
  Answer(Forward forward) : step(std::move(forward)) {}     // NOLINT(google-explicit-constructor)
  Answer(ReadBody read) : step(std::move(read)) {}          // NOLINT(google-explicit-constructor)
  Answer(Later later) : step(std::move(later)) {}           // NOLINT(google-explicit-constructor)
  Answer(Wait wait) : step(std::move(wait)) {}              // NOLINT(google-explicit-constructor)

  std::variant<Response, Forward, ReadBody, Later, Wait> step;
};

// The handler of a route that decides for each request. Called concurrently for different requests only in so
// far as Later steps run on worker threads; the first step always runs on the network thread and must not
// block.
using Decider = std::function<Answer(Request& request)>;

}  // namespace ceems::http
