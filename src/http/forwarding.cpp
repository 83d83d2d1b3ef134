#include "http/forwarding.h"

#include "base/check.h"
#include "http/run_on.h"

#include <exception>
#include <utility>

namespace ceems::http {

namespace asio = boost::asio;
using base::ErrorCode;

namespace {

bool is_safe(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

bool is_idempotent(std::string_view method) {
  return is_safe(method) || method == "PUT" || method == "DELETE";
}

}  // namespace

std::string_view fault_name(ForwardFault fault) {
  switch (fault) {
    case ForwardFault::kNone:
      return "none";
    case ForwardFault::kClient:
      return "client";
    case ForwardFault::kConnect:
      return "connect";
    case ForwardFault::kBroken:
      return "broken";
    case ForwardFault::kMalformed:
      return "malformed";
    case ForwardFault::kTimeout:
      return "timeout";
    case ForwardFault::kCredentials:
      return "credentials";
    case ForwardFault::kRewrite:
      return "rewrite";
    case ForwardFault::kStopped:
      return "stopped";
  }
  CEEMS_CHECK(false);
}

bool blames_upstream(ForwardFault fault) {
  return fault == ForwardFault::kConnect || fault == ForwardFault::kBroken ||
         fault == ForwardFault::kMalformed || fault == ForwardFault::kTimeout;
}

Forwarding::Forwarding(ServerCore& core, ConnectionIo& client, Exchange& exchange, Forward& forward,
                       std::string& buffer)
    : core_(core),
      client_(client),
      exchange_(exchange),
      forward_(forward),
      out_(buffer),
      upstream_(forward.upstream->state()),
      started_(Clock::now()) {
  const auto total = upstream_.options.total_timeout;
  if (total.count() > 0) total_deadline_ = started_ + total;
}

Forwarding::~Forwarding() {
  if (told_) return;
  stopped_ = true;
  fail(ForwardFault::kStopped, {ErrorCode::kCancelled, "the server stopped", ""});
  tell_end();
}

asio::awaitable<Forwarding::End> Forwarding::run() {
  const End how = co_await attempt();
  outcome_.can_retry = how == End::kFailed && is_resendable();
  connection_.reset();
  client_.resume();
  tell_end();
  co_return how;
}

asio::awaitable<Forwarding::End> Forwarding::attempt() {
  if (!prepare()) co_return failure_end();
  if (upstream_.tokens && !credentials_->find("Authorization")) {
    const bool authorized = co_await fetch_token();
    if (!authorized) co_return failure_end();
  }
  if (!take_kept()) {
    const bool connected = co_await connect();
    if (!connected) co_return failure_end();
  }
  Sent sent = co_await ask();
  if (sent == Sent::kDeadConnection) {
    const bool connected = co_await connect();
    if (!connected) co_return failure_end();
    sent = co_await ask();
  }
  if (sent != Sent::kAnswered) co_return failure_end();
  co_return co_await deliver();
}

// What can be known before anybody is asked.
bool Forwarding::prepare() {
  if (const auto* text = std::get_if<std::string>(&forward_.body)) {
    text_ = *text;
  } else if (exchange_.body_unread) {
    streams_body_ = true;
    const std::uint64_t limit = std::get<ClientBody>(forward_.body).limit;
    if (exchange_.framing.kind == BodyKind::kLength && exchange_.framing.length > limit)
      return refuse({413, "body too large"});
  } else {
    text_ = exchange_.request.body;
  }
  if (!is_token(forward_.method) || !is_request_target_text(forward_.target))
    return fail(ForwardFault::kRewrite,
                {ErrorCode::kInvalid, "a method or a target that HTTP does not allow", ""});
  auto credentials = upstream_.credentials();
  if (!credentials) return fail(ForwardFault::kCredentials, std::move(credentials).error());
  credentials_ = *std::move(credentials);
  return true;
}

asio::awaitable<bool> Forwarding::fetch_token() {
  if (auto known = upstream_.tokens->known_authorization()) {
    token_ = *std::move(known);
    co_return true;
  }
  auto fetch = [this] { return upstream_.tokens->authorization(); };
  base::Result<std::string> fetched = co_await run_on(core_.token_fetchers, fetch);
  if (!fetched) co_return fail(ForwardFault::kCredentials, std::move(fetched).error());
  token_ = *std::move(fetched);
  co_return true;
}

void Forwarding::check(Clock::time_point now) {
  if (lookup_) lookup_->check_deadline(now);
  if (connection_) connection_->io.check_deadline(now);
  // A client that is still sending is noticed by reading.
  const bool reads_client = step_ == Step::kSending && streams_body_;
  client_gone_ = client_gone_ || (!reads_client && client_.other_end_left());
  overdue_ = overdue_ || now >= total_deadline_;
  if (is_over()) {
    // Each time: what is waited for may have begun after the tick before.
    if (lookup_) lookup_->abort();
    if (connection_) connection_->io.abort();
    client_.interrupt();
    return;
  }
  if (step_ == Step::kSending && connection_ && connection_->io.readable()) {
    connection_->io.interrupt();
    client_.interrupt();
  }
}

void Forwarding::stop() {
  stopped_ = true;
  if (lookup_) lookup_->abort();
  if (connection_) connection_->io.abort();
}

bool Forwarding::fail(ForwardFault fault, base::Error error) {
  if (outcome_.fault != ForwardFault::kNone) return false;
  if (stopped_) {
    outcome_.fault = ForwardFault::kStopped;
    error = {ErrorCode::kCancelled, "the server stopped", ""};
  } else if (client_gone_) {
    outcome_.fault = ForwardFault::kClient;
    error = {ErrorCode::kUnavailable, "the client has gone", ""};
  } else if (overdue_ && blames_upstream(fault)) {
    outcome_.fault = ForwardFault::kTimeout;
    error = {ErrorCode::kTimeout, "the response took too long in all", ""};
  } else {
    outcome_.fault = fault;
  }
  if (error.subject.empty()) error.subject = upstream_.redacted;
  outcome_.error = std::move(error);
  return false;
}

bool Forwarding::fail_upstream(std::string_view doing) {
  const ConnectionIo& io = connection_->io;
  if (io.expired())
    return fail(ForwardFault::kTimeout, {ErrorCode::kTimeout, fmt::format("{}: timed out", doing), ""});
  const std::string& why = io.error();
  return fail(ForwardFault::kBroken,
              {ErrorCode::kUnavailable,
               fmt::format("{}: {}", doing, why.empty() ? "the connection was closed" : why.c_str()), ""});
}

bool Forwarding::fail_client(std::string_view doing) {
  const bool slow = client_.expired();
  return fail(ForwardFault::kClient,
              {slow ? ErrorCode::kTimeout : ErrorCode::kUnavailable,
               fmt::format("{}: {}", doing, slow ? "the client was too slow" : "the client has gone"), ""});
}

Forwarding::End Forwarding::failure_end() const {
  if (outcome_.fault == ForwardFault::kStopped) return End::kCut;
  if (outcome_.fault == ForwardFault::kClient) return refusal_.status != 0 ? End::kRefused : End::kCut;
  return End::kFailed;
}

bool Forwarding::is_resendable() const {
  if (body_begun_) return false;
  return !request_seen_ || forward_.idempotent || is_idempotent(forward_.method);
}

void Forwarding::await_client() {
  connection_->io.set_deadline(Clock::time_point::max());
  const auto limit = forward_.client_idle_timeout;
  client_.set_deadline(limit.count() > 0 ? coarse_now() + limit : Clock::time_point::max());
}

void Forwarding::await_upstream(std::chrono::milliseconds limit) {
  client_.set_deadline(Clock::time_point::max());
  connection_->io.set_deadline(limit.count() > 0 ? coarse_now() + limit : Clock::time_point::max());
}

void Forwarding::tell_end() {
  told_ = true;
  outcome_.duration = Clock::now() - started_;
  if (!forward_.on_end) return;
  try {
    forward_.on_end(outcome_);
  } catch (const std::exception& exception) {
    core_.log.error("what follows a forwarded request failed", {{"error", exception.what()}});
  } catch (...) {
    core_.log.error("what follows a forwarded request failed", {{"error", "unknown exception"}});
  }
}

}  // namespace ceems::http
