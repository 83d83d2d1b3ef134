// The second part of Forwarding: the request goes out, the head of the response comes in.
#include "http/forward_head.h"
#include "http/forwarding.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace ceems::http {

namespace asio = boost::asio;
using base::ErrorCode;

namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::string_view kHttp = "HTTP/";
constexpr std::size_t kBodyRead = std::size_t{16} * 1024;
// A body up to this size is copied behind its head under TLS: one record.
constexpr std::size_t kJoinedBody = std::size_t{8} * 1024;
constexpr std::size_t kHeadRead = 4096;
constexpr int kMaxInterimResponses = 8;

}  // namespace

asio::awaitable<Forwarding::Sent> Forwarding::ask() {
  step_ = Step::kSending;
  early_ = false;
  outcome_.request_bytes = 0;
  bool sent = send_at_once();
  if (!sent) sent = co_await send_request();
  if (refusal_.status != 0 || outcome_.fault != ForwardFault::kNone) co_return Sent::kFailed;
  // An upstream that has had enough closes while it is being written to, and may have said why.
  early_ = early_ || !sent;
  step_ = Step::kAwaitingHead;
  connection_->io.resume();
  client_.resume();
  await_upstream(upstream_.options.response_timeout);
  const bool answered = co_await read_head();
  if (answered) co_return Sent::kAnswered;
  if (outcome_.fault != ForwardFault::kNone) co_return Sent::kFailed;
  const bool nothing_came = connection_->io.input().empty() && !connection_->io.expired();
  const bool may_try_again = connection_->kept && is_resendable() && nothing_came;
  if (may_try_again && !is_over()) co_return Sent::kDeadConnection;
  fail_upstream(sent ? "waiting for the response" : "sending the request");
  co_return Sent::kFailed;
}

void Forwarding::write_request_head() {
  ForwardedFor details;
  details.client_address = exchange_.request.peer_address;
  details.credentials = credentials_.get();
  details.token = token_;
  details.body = streams_body_ ? exchange_.framing : Framing{BodyKind::kLength, text_.size()};
  out_.clear();
  append_forward_head(out_, forward_, upstream_, details);
  request_seen_ = true;
  unsent_ = streams_body_ ? std::string_view() : text_;
  if (connection_->io.is_tls() && unsent_.size() <= kJoinedBody) {
    out_ += unsent_;
    unsent_ = {};
  }
  unsent_head_ = out_;
}

// Most requests: no coroutine is needed for what goes in one write.
bool Forwarding::send_at_once() {
  write_request_head();
  ConnectionIo& io = connection_->io;
  if (streams_body_ || io.is_tls() || io.write_now(unsent_head_, unsent_) != IoState::kDone) return false;
  outcome_.request_bytes = text_.size();
  out_.clear();
  return true;
}

// What send_at_once() has left.
asio::awaitable<bool> Forwarding::send_request() {
  const bool written = co_await write_upstream(unsent_head_, unsent_);
  out_.clear();
  if (streams_body_) {
    if (!written || early_) co_return written;
    co_return co_await send_client_body();
  }
  outcome_.request_bytes = text_.size();
  co_return written;
}

asio::awaitable<bool> Forwarding::send_client_body() {
  if (exchange_.expects_continue && client_.input().empty()) {
    await_client();
    const bool written = co_await client_.write(kContinue);
    if (!written && !client_.interrupted()) co_return fail_client("asking for the body");
  }
  const bool chunked = exchange_.framing.kind == BodyKind::kChunked;
  const std::uint64_t length = chunked ? 0 : exchange_.framing.length;
  const std::uint64_t limit = std::get<ClientBody>(forward_.body).limit;
  std::uint64_t& sent = outcome_.request_bytes;
  ChunkDecoder decoder;
  while (true) {
    std::string_view data;
    if (chunked) {
      piece_.clear();
      const auto used = decoder.feed(client_.input(), piece_, std::numeric_limits<std::size_t>::max());
      if (!used) co_return refuse(used.error());
      body_begun_ = body_begun_ || *used > 0;
      client_.consume(*used);
      data = piece_;
    } else {
      data = client_.input().substr(
          0, static_cast<std::size_t>(std::min<std::uint64_t>(length - sent, client_.input().size())));
      body_begun_ = body_begun_ || !data.empty();
    }
    if (data.size() > limit - sent) co_return refuse({413, "body too large"});
    const bool done = chunked ? decoder.done() : data.size() == length - sent;
    if (chunked) {
      out_.clear();
      if (!data.empty()) {
        append_chunk_start(out_, data.size());
        out_ += data;
        out_ += kChunkEnd;
      }
      if (done) out_ += kLastChunk;
    }
    const bool written = co_await write_upstream(chunked ? std::string_view(out_) : data);
    out_.clear();
    if (!written || early_) co_return written;
    sent += data.size();
    if (!chunked) client_.consume(data.size());
    if (done) break;
    await_client();
    const ReadState state = co_await client_.read_more(kBodyRead);
    if (state == ReadState::kMore) continue;
    if (client_.expired()) {
      client_.allow_again();
      co_return refuse({408, "body not received in time"});
    }
    if (!client_.interrupted() || overdue_ || stopped_) co_return fail_client("reading the request");
    if (answered_early()) co_return true;
  }
  exchange_.body_unread = false;
  co_return true;
}

// False when the upstream takes no more. early_: it has answered before it had all, and the rest is not sent.
asio::awaitable<bool> Forwarding::write_upstream(std::string_view first, std::string_view second) {
  ConnectionIo& io = connection_->io;
  while (true) {
    const IoState state = io.write_now(first, second);
    if (state == IoState::kDone) co_return true;
    if (!must_wait(state)) co_return false;
    await_upstream(upstream_.options.idle_timeout);
    const bool ready = co_await io.wait(state);
    if (ready) continue;
    if (!io.interrupted() || overdue_ || stopped_) co_return fail_upstream("sending the request");
    if (answered_early()) co_return true;
  }
}

// After an interruption by the tick: what can be read may be no response but something of TLS.
bool Forwarding::answered_early() {
  ConnectionIo& io = connection_->io;
  io.resume();
  client_.resume();
  if (io.input().empty()) {
    const IoState state = io.try_read(kHeadRead);
    early_ = !must_wait(state);
  } else {
    early_ = true;
  }
  return early_;
}

bool Forwarding::refuse(HeadFault fault) {
  refusal_ = fault;
  return fail(ForwardFault::kClient, {ErrorCode::kInvalid, std::string(fault.reason), ""});
}

asio::awaitable<bool> Forwarding::read_head() {
  ConnectionIo& io = connection_->io;
  std::size_t checked = 0;
  int interim_responses = 0;
  while (true) {
    const std::string_view input = io.input();
    const auto end = find_head_end(input, checked);
    if (!end || !input.starts_with(kHttp.substr(0, input.size())))
      co_return fail(ForwardFault::kMalformed,
                     {ErrorCode::kInvalid,
                      fmt::format("no response in HTTP: {}", end ? "other text" : end.error().reason), ""});
    if (*end > upstream_.options.max_head_bytes ||
        (*end == 0 && input.size() > upstream_.options.max_head_bytes))
      co_return fail(ForwardFault::kMalformed,
                     {ErrorCode::kTooLarge, "the header of the response is too large", ""});
    if (*end > 0) {
      if (!take_head(*end)) co_return false;
      if (head_.status >= 200) co_return true;
      if (++interim_responses > kMaxInterimResponses)
        co_return fail(ForwardFault::kMalformed, {ErrorCode::kInvalid, "too many interim responses", ""});
      checked = 0;
      continue;
    }
    checked = input.size();
    const ReadState state = co_await io.read_more(kHeadRead, false);
    if (state != ReadState::kMore) co_return false;
  }
}

bool Forwarding::take_head(std::size_t size) {
  auto head = parse_response_head(connection_->io.input().substr(0, size));
  if (!head)
    return fail(ForwardFault::kMalformed,
                {ErrorCode::kInvalid, fmt::format("malformed response: {}", head.error().reason), ""});
  connection_->io.consume(size);
  if (head->status == 101)
    return fail(ForwardFault::kMalformed,
                {ErrorCode::kInvalid, "the upstream switched protocols unasked", ""});
  head_ = *std::move(head);
  return true;
}

}  // namespace ceems::http
