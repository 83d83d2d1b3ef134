// The first part of Forwarding: a connection to the upstream.
#include "http/client_auth.h"
#include "http/forwarding.h"
#include "http/write_head.h"

#include <fcntl.h>

#include <cerrno>
#include <utility>

namespace ceems::http {

namespace asio = boost::asio;
using base::ErrorCode;

namespace {

constexpr std::size_t kMaxProxyAnswer = std::size_t{16} * 1024;
constexpr std::size_t kBriefText = std::size_t{16} * 1024;

}  // namespace

bool Forwarding::take_kept() {
  // Where the request could not be sent a second time, or only at length, a connection that has died is
  // better noticed before.
  const bool careful = streams_body_ || text_.size() > kBriefText || !is_resendable();
  while (auto kept = core_.upstreams.take(upstream_, started_)) {
    if (careful && !kept->io.quiet()) continue;
    connection_ = std::move(kept);
    outcome_.kept_connection = true;
    return true;
  }
  return false;
}

asio::awaitable<bool> Forwarding::connect() {
  step_ = Step::kConnecting;
  outcome_.kept_connection = false;
  connection_.reset();
  if (is_over()) co_return fail(ForwardFault::kConnect, {ErrorCode::kCancelled, "given up", ""});
  const auto limit = upstream_.options.connect_timeout;
  connect_deadline_ = limit.count() > 0 ? Clock::now() + limit : Clock::time_point::max();
  const bool unix_socket = upstream_.url.scheme == "unix";
  base::Result<Endpoints> endpoints = Endpoints();
  if (unix_socket) {
    auto endpoint = unix_endpoint(upstream_.url.host);
    if (!endpoint) co_return fail(ForwardFault::kConnect, std::move(endpoint).error());
    endpoints->push_back(*endpoint);
  } else {
    endpoints = co_await resolve(upstream_.proxy ? *upstream_.proxy : upstream_.url);
  }
  if (!endpoints) co_return fail(ForwardFault::kConnect, std::move(endpoints).error());
  base::Status status = co_await connect_to(*endpoints);
  if (!status) core_.upstreams.distrust_addresses(upstream_);
  if (status && upstream_.url.scheme == "https") {
    if (upstream_.proxy) status = co_await open_tunnel();
    if (status) status = co_await start_tls();
  }
  if (!status) co_return fail(ForwardFault::kConnect, std::move(status).error());
  co_return true;
}

asio::awaitable<base::Result<Endpoints>> Forwarding::resolve(const Url& peer) {
  if (auto numeric = resolve_now(peer.host, peer.port, true)) co_return numeric;
  const Clock::time_point now = Clock::now();
  Endpoints fresh = core_.upstreams.fresh_addresses(upstream_, now);
  if (!fresh.empty()) co_return fresh;

  base::Error failure{ErrorCode::kTimeout, fmt::format("resolving {}: timed out", peer.host), ""};
  const auto lookup = core_.upstreams.lookup(upstream_, peer);
  if (lookup) {
    base::Fd done(::fcntl((*lookup)->fd(), F_DUPFD_CLOEXEC, 0));
    if (!done) co_return base::fail_errno(errno, "");
    lookup_ = std::make_unique<WaitableFd>(core_.io, std::move(done));
    lookup_->set_deadline(connect_deadline_);
    const bool ready = co_await lookup_->wait(IoState::kWantRead);
    lookup_.reset();
    auto result = ready ? (*lookup)->result() : std::nullopt;
    if (result && *result) {
      core_.upstreams.remember_addresses(upstream_, **result, Clock::now());
      co_return **result;
    }
    if (result) failure = std::move(*result).error();
  } else {
    failure = lookup.error();
  }
  // Better the addresses of before than none.
  Endpoints known = core_.upstreams.known_addresses(upstream_);
  if (!known.empty()) co_return known;
  co_return std::unexpected(std::move(failure));
}

asio::awaitable<base::Status> Forwarding::connect_to(const Endpoints& endpoints) {
  base::Error last{ErrorCode::kUnavailable, "no address", ""};
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    auto fd = begin_connect(endpoints[i]);
    if (!fd) {
      last = std::move(fd).error();
      continue;
    }
    connection_ = std::make_unique<UpstreamConnection>(core_.io, *std::move(fd));
    // An address that does not answer must leave time for those after it.
    const Clock::time_point now = Clock::now();
    const bool limited = connect_deadline_ != Clock::time_point::max();
    const auto share = (connect_deadline_ - now) / static_cast<int>(endpoints.size() - i);
    connection_->io.set_deadline(limited ? now + share : connect_deadline_);
    base::Status status = co_await connection_->io.connected();
    if (status) {
      connection_->io.set_deadline(connect_deadline_);
      co_return status;
    }
    connection_.reset();
    last = std::move(status).error();
    if (is_over()) break;
  }
  co_return std::unexpected(std::move(last));
}

asio::awaitable<base::Status> Forwarding::open_tunnel() {
  const Url& proxy = *upstream_.proxy;
  Fields fields;
  fields.add("Host", upstream_.url.authority());
  if (!proxy.user.empty()) fields.add("Proxy-Authorization", basic_authorization(proxy.user, proxy.password));
  for (const auto& [name, values] : upstream_.options.config.proxy_connect_headers)
    for (const std::string& value : values)
      fields.add(name, value);
  out_.clear();
  append_request_head(out_, "CONNECT", upstream_.url.authority(), fields, 0);
  ConnectionIo& io = connection_->io;
  const bool written = co_await io.write(out_);
  out_.clear();
  if (!written) co_return base::fail(ErrorCode::kUnavailable, "", "the proxy closed the connection");
  while (true) {
    const auto end = find_head_end(io.input(), 0);
    if (!end || (*end == 0 && io.input().size() > kMaxProxyAnswer))
      co_return base::fail(ErrorCode::kInvalid, "", "the proxy's answer is no HTTP");
    if (*end == 0) {
      const ReadState state = co_await io.read_more();
      if (state == ReadState::kMore) continue;
      if (io.expired()) co_return base::fail(ErrorCode::kTimeout, "", "the proxy: timed out");
      co_return base::fail(ErrorCode::kUnavailable, "", "the proxy closed the connection");
    }
    const auto head = parse_response_head(io.input().substr(0, *end));
    if (!head) co_return base::fail(ErrorCode::kInvalid, "", "the proxy's answer is no HTTP");
    io.consume(*end);
    if (head->status >= 100 && head->status < 200 && head->status != 101) continue;
    if (head->status < 200 || head->status > 299)
      co_return base::fail(ErrorCode::kUnavailable, "", "the proxy refused the connection with status {}",
                           head->status);
    if (!io.input().empty()) co_return base::fail(ErrorCode::kInvalid, "", "the proxy's answer goes on");
    co_return base::Status();
  }
}

asio::awaitable<base::Status> Forwarding::start_tls() {
  auto session = upstream_.tls.session(upstream_.url.host);
  if (!session) co_return std::unexpected(std::move(session).error());
  ConnectionIo& io = connection_->io;
  io.start_tls(*std::move(session));
  const bool done = co_await io.handshake();
  if (done) co_return base::Status();
  if (io.expired()) co_return base::fail(ErrorCode::kTimeout, "", "TLS handshake: timed out");
  co_return base::fail(ErrorCode::kUnavailable, "", "TLS handshake failed: {}",
                       io.error().empty() ? "the connection was closed" : io.error());
}

}  // namespace ceems::http
