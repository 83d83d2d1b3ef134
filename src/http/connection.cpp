#include "http/connection.h"

#include "base/text.h"
#include "http/admission.h"
#include "http/forwarding.h"
#include "http/run_on.h"
#include "http/write_head.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace ceems::http {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds kLingerTime{2};
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::size_t kHeadRead = 4096;
constexpr std::size_t kBodyRead = std::size_t{16} * 1024;
constexpr std::size_t kEagerReserve = std::size_t{64} * 1024;

}  // namespace

Connection::Connection(ServerCore& core, base::Fd fd, Peer peer)
    : core_(core), io_(core.io, std::move(fd)), peer_(std::move(peer)) {
  core_.connections.insert(this);
}

Connection::~Connection() {
  core_.connections.erase(this);
  if (core_.destroying) return;
  core_.slot_freed.cancel();
  if (core_.connections.empty()) core_.ticker.cancel();
}

void Connection::check(Clock::time_point now) {
  // What the last exchange needed is not held while there is none.
  if (idle()) {
    io_.trim();
    std::string().swap(out_);
  }
  io_.check_deadline(now);
  if (forwarding_ != nullptr) forwarding_->check(now);
}

void Connection::cut() {
  cut_ = true;
  if (waiting_ != nullptr) waiting_->cancel();
  if (forwarding_ != nullptr) forwarding_->stop();
  io_.cut();
}

asio::awaitable<void> Connection::run() {
  io_.set_deadline(coarse_now() + core_.options.head_timeout);
  if (core_.guard && core_.guard->uses_tls()) {
    const bool secured = co_await handshake();
    if (!secured) co_return;
  }
  bool first = true;
  while (true) {
    const std::size_t head_size = co_await read_head(first);
    if (head_size == 0) break;
    const bool goes_on = co_await serve(head_size);
    if (!goes_on) break;
    first = false;
  }
  // Closing with unread input would take the last reply away from the client.
  if (!io_.input().empty()) co_await linger();
  io_.close_notify();
}

asio::awaitable<void> Connection::linger() {
  io_.set_deadline(coarse_now() + kLingerTime);
  co_await io_.linger();
}

asio::awaitable<bool> Connection::handshake() {
  SslPtr session = core_.guard->new_session();
  if (!session) co_return false;
  SSL_set_accept_state(session.get());
  io_.start_tls(std::move(session));
  const bool done = co_await io_.handshake();
  if (!done) {
    if (io_.met_plain_http()) {
      io_.stop_tls();
      co_await reply_fault({400, "an HTTP request on a port for HTTPS"});
      co_return false;
    }
    core_.log.debug("TLS handshake failed", {{"peer", peer_.address}, {"error", io_.error()}});
    co_return false;
  }
  co_return client_is_allowed(io_.ssl());
}

asio::awaitable<std::size_t> Connection::read_head(bool first) {
  if (core_.draining && io_.input().empty()) co_return 0;
  bool begun = !io_.input().empty();
  // A new connection has been made for a request; a kept one may wait for its next.
  io_.set_deadline(coarse_now() + (first || begun ? core_.options.head_timeout : core_.options.idle_timeout));
  std::size_t checked = 0;
  while (true) {
    // Not HTTP at all, TLS for example: do not wait for more of it.
    if (!io_.input().empty() && !is_token(io_.input().substr(0, 1))) {
      co_await reply_fault({400, "malformed method"});
      co_return 0;
    }
    const auto end = find_head_end(io_.input(), checked);
    if (!end) {
      co_await reply_fault(end.error());
      co_return 0;
    }
    const std::size_t limit = core_.options.max_head_bytes;
    if (*end > limit || (*end == 0 && io_.input().size() > limit)) {
      co_await reply_fault({431, "header too large"});
      co_return 0;
    }
    if (*end > 0) co_return *end;
    checked = io_.input().size();
    if (!begun) {
      phase_ = Phase::kIdle;
      if (core_.waiting_acceptors > 0) core_.slot_freed.cancel();
    }
    // The next request comes when the client has read the last reply.
    const ReadState state = co_await io_.read_more(kHeadRead, first || begun);
    phase_ = Phase::kServing;
    if (state != ReadState::kMore) {
      if (io_.expired() && begun) co_await reply_fault({408, "header not received in time"});
      co_return 0;
    }
    if (!begun) {
      begun = true;
      if (!first) io_.set_deadline(coarse_now() + core_.options.head_timeout);
    }
  }
}

std::optional<HeadFault> Connection::begin(Exchange& exchange, std::string_view head) const {
  auto parsed = parse_request_head(head);
  if (!parsed) return parsed.error();
  const auto framing = request_framing(*parsed);
  if (!framing) return framing.error();
  exchange.framing = *framing;
  exchange.body_unread = framing->kind == BodyKind::kChunked || framing->length > 0;
  exchange.minor_version = parsed->minor_version;
  exchange.keep_alive = keeps_alive(parsed->fields, parsed->minor_version) && !core_.draining;
  if (parsed->minor_version >= 1 && parsed->fields.count("Expect") > 0) {
    exchange.expects_continue = has_token(parsed->fields, "Expect", "100-continue");
    if (!exchange.expects_continue) return HeadFault{417, "unknown expectation"};
  }
  exchange.head_only = parsed->method == "HEAD";
  exchange.request.method = std::move(parsed->method);
  exchange.request.target = std::move(parsed->target);
  exchange.request.fields = std::move(parsed->fields);
  exchange.request.peer_address = peer_.address;
  exchange.request.peer_port = peer_.port;
  exchange.request.over_tls = io_.is_tls();
  return std::nullopt;
}

asio::awaitable<bool> Connection::serve(std::size_t head_size) {
  io_.set_deadline(coarse_now() + core_.options.read_timeout);
  Exchange exchange;
  const auto fault = begin(exchange, io_.input().substr(0, head_size));
  if (fault) {
    co_await reply_fault(*fault);
    co_return false;
  }
  io_.consume(head_size);
  std::optional<Response> refusal;
  if (core_.guard) refusal = co_await refuse_by_guard(exchange);
  if (!refusal) refusal = refuse(exchange);
  if (!refusal && exchange.route->decide) co_return co_await serve_decided(exchange);
  if (!refusal && exchange.body_unread) {
    const auto body_fault = co_await read_body(exchange, exchange.route->body_limit);
    if (body_fault && body_fault->status == 0) co_return false;
    if (body_fault) refusal = fault_response(*body_fault);
  }
  if (refusal) co_return co_await conclude(exchange, *refusal);
  io_.set_deadline(Clock::time_point::max());
  Response response = co_await handle(exchange);
  if (core_.draining) exchange.keep_alive = false;
  const bool written = co_await reply(exchange, response);
  co_return written&& exchange.keep_alive;
}

asio::awaitable<std::optional<Response>> Connection::refuse_by_guard(Exchange& exchange) {
  exchange.web = core_.guard->current();
  if (!exchange.web) co_return text_response(500, "Internal Server Error\n");
  if (!core_.guard->admits(*exchange.web, Clock::now())) co_return text_response(429, "Too Many Requests\n");
  co_return co_await authenticate(exchange);
}

std::optional<Response> Connection::refuse(Exchange& exchange) const {
  if (core_.options.filter) {
    std::optional<Response> filtered = guarded_filter(core_, exchange.request);
    if (filtered) return filtered;
  }
  return choose_route(exchange);
}

asio::awaitable<std::optional<Response>> Connection::authenticate(Exchange& exchange) {
  if (exchange.web->users.empty()) co_return std::nullopt;
  const auto header = exchange.request.fields.find("Authorization");
  const auto credentials = header ? parse_basic_authorization(*header) : std::nullopt;
  if (!credentials) co_return unauthorized();
  const auto known = exchange.web->users.find(credentials->user);
  const bool exists = known != exchange.web->users.end();
  const std::string hash = exists ? known->second : kNobodysHash;
  PasswordCache& cache = core_.guard->passwords();
  const PasswordCache::Key key = cache.key(*credentials, hash);
  std::optional<bool> matches = cache.find(key);
  if (!matches) {
    const auto deadline = io_.deadline();
    io_.set_deadline(Clock::time_point::max());
    auto check = [&] {
      // The one before in the queue may have asked the same.
      if (const auto cached = cache.find(key)) return *cached;
      const bool same = matches_bcrypt(credentials->password, hash);
      cache.store(key, same);
      return same;
    };
    matches = co_await run_on(core_.password_checker, check);
    io_.set_deadline(deadline);
  }
  if (!exists || !*matches) co_return unauthorized();
  exchange.request.authenticated_user = credentials->user;
  co_return std::nullopt;
}

std::optional<Response> Connection::choose_route(Exchange& exchange) const {
  const Request& request = exchange.request;
  if (core_.options.redirect_unclean_paths) {
    if (const auto cleaned = clean_path(request.path())) return moved_permanently(*cleaned, request.query());
  }
  const Router::Match match = core_.router.find(request.path(), request.method);
  if (match.route == nullptr)
    return match.allowed_methods.empty() ? not_found() : method_not_allowed(match.allowed_methods);
  exchange.route = match.route;
  if (exchange.route->decide) return std::nullopt;
  if (exchange.framing.kind == BodyKind::kLength && exchange.framing.length > match.route->body_limit) {
    exchange.route = nullptr;
    return fault_response({413, "body too large"});
  }
  return std::nullopt;
}

asio::awaitable<std::optional<HeadFault>> Connection::read_body(Exchange& exchange, std::size_t limit) {
  if (exchange.framing.kind == BodyKind::kLength && exchange.framing.length > limit)
    co_return HeadFault{413, "body too large"};
  if (exchange.expects_continue && io_.input().empty()) {
    const bool written = co_await io_.write(kContinue);
    if (!written) co_return HeadFault{0, ""};
  }
  std::string& body = exchange.request.body;
  const std::uint64_t length = exchange.framing.length;
  ChunkDecoder decoder;
  if (exchange.framing.kind == BodyKind::kLength)
    body.reserve(std::min(static_cast<std::size_t>(length), kEagerReserve));
  while (true) {
    if (exchange.framing.kind == BodyKind::kChunked) {
      const auto used = decoder.feed(io_.input(), body, limit);
      if (!used) co_return used.error();
      io_.consume(*used);
      if (decoder.done()) break;
    } else {
      const std::size_t taken = std::min(io_.input().size(), static_cast<std::size_t>(length) - body.size());
      body += io_.input().substr(0, taken);
      io_.consume(taken);
      if (body.size() == length) break;
    }
    const ReadState state = co_await io_.read_more(kBodyRead);
    if (state == ReadState::kMore) continue;
    if (!io_.expired()) co_return HeadFault{0, ""};
    io_.allow_again();
    co_return HeadFault{408, "body not received in time"};
  }
  exchange.body_unread = false;
  co_return std::nullopt;
}

asio::awaitable<Response> Connection::handle(Exchange& exchange) {
  auto call = [this, &exchange] { return guarded_call(core_, exchange.route->handler, exchange.request); };
  if (exchange.route->quick) co_return call();
  co_return co_await run_on(core_.workers, call);
}

}  // namespace ceems::http
