// The last part of Forwarding: the response goes to the client.
#include "base/text.h"
#include "http/admission.h"
#include "http/forward_head.h"
#include "http/forwarding.h"
#include "http/write_head.h"

#include <algorithm>
#include <exception>
#include <limits>
#include <span>
#include <utility>

namespace ceems::http {

namespace asio = boost::asio;
using base::ErrorCode;

namespace {

constexpr std::size_t kRoom = std::size_t{16} * 1024;
constexpr std::size_t kLargeRoom = std::size_t{64} * 1024;
// A body up to this size is copied behind its head under TLS: one record.
constexpr std::size_t kJoinedBody = std::size_t{8} * 1024;

base::Status guarded_edit(Forward& forward, ForwardedHead& head) {
  try {
    return forward.on_head(head);
  } catch (const std::exception& exception) {
    return base::fail(ErrorCode::kInternal, "", "{}", exception.what());
  } catch (...) {
    return base::fail(ErrorCode::kInternal, "", "unknown exception");
  }
}

base::Status guarded_rewrite(const BodyRewriter& rewriter, std::string_view piece, bool last,
                             std::string& out) {
  try {
    return rewriter(piece, last, out);
  } catch (const std::exception& exception) {
    return base::fail(ErrorCode::kInternal, "", "{}", exception.what());
  } catch (...) {
    return base::fail(ErrorCode::kInternal, "", "unknown exception");
  }
}

}  // namespace

asio::awaitable<Forwarding::End> Forwarding::deliver() {
  step_ = Step::kPassingOn;
  outcome_.status = head_.status;
  outcome_.to_head = Clock::now() - started_;
  const auto framing = response_framing(head_, forward_.method);
  if (!framing) {
    fail(ForwardFault::kMalformed,
         {ErrorCode::kInvalid, fmt::format("malformed response: {}", framing.error().reason), ""});
    co_return failure_end();
  }
  framing_ = *framing;
  body_left_ = framing_.length;
  if (head_.status == 401 && !token_.empty()) upstream_.tokens->forget();
  if (!edit_head()) co_return failure_end();
  const bool has_body = shape_reply();
  bool passed = false;
  if (!has_body)
    passed = co_await write_client({});
  else if (pass_at_once())
    passed = true;
  else if (shape_ == BodyKind::kLength)
    passed = co_await pass_by_length();
  else
    passed = co_await pass_decoded();
  if (passed) {
    keep_connection();
    co_return End::kDelivered;
  }
  if (!outcome_.head_sent) co_return failure_end();
  client_.reset_on_close();
  client_.abort();
  co_return End::kCut;
}

bool Forwarding::edit_head() {
  reusable_ = keeps_alive(head_.fields, head_.minor_version) && framing_.kind != BodyKind::kUntilClose;
  edited_.status = head_.status;
  edited_.fields = std::move(head_.fields);
  remove_hop_by_hop(edited_.fields);
  if (forward_.on_head) {
    if (auto status = guarded_edit(forward_, edited_); !status)
      return fail(ForwardFault::kRewrite, std::move(status).error());
  }
  add_configured_headers(edited_.fields, exchange_);
  if (core_.options.finish) {
    Response response;
    response.status = edited_.status;
    response.fields = std::move(edited_.fields);
    guarded_finish(core_, exchange_.request, response);
    edited_.status = response.status;
    edited_.fields = std::move(response.fields);
  }
  return true;
}

bool Forwarding::shape_reply() {
  const bool client_wants_none = exchange_.head_only || is_bodiless(edited_.status);
  const bool lengthless = edited_.rewriter || framing_.kind != BodyKind::kLength;
  const bool chunks = exchange_.minor_version >= 1;
  ReplyShape shape;
  if (client_wants_none) {
    // What a GET would have got: the length that the upstream names, unless the body would be another.
    const auto declared = edited_.fields.find("Content-Length");
    const auto length = declared ? base::parse_u64(*declared) : std::nullopt;
    const bool names_length = exchange_.head_only || edited_.status == 304;
    shape.body = length && names_length && !edited_.rewriter ? BodyKind::kLength : BodyKind::kNone;
    shape.length = length.value_or(0);
    if (framing_.kind != BodyKind::kNone) reusable_ = false;
  } else if (framing_.kind == BodyKind::kNone) {
    shape.body = BodyKind::kLength;
  } else if (lengthless) {
    shape.body = chunks ? BodyKind::kChunked : BodyKind::kUntilClose;
  } else {
    shape.length = framing_.length;
  }
  if (shape.body == BodyKind::kUntilClose || exchange_.body_unread || core_.draining)
    exchange_.keep_alive = false;
  shape_ = shape.body;
  shape.minor_version = exchange_.minor_version;
  shape.keep_alive = exchange_.keep_alive;
  shape.date = core_.current_date();
  out_.clear();
  append_response_head(out_, edited_.status, edited_.fields, shape);
  return !client_wants_none && framing_.kind != BodyKind::kNone;
}

// Most answers: no coroutine is needed for what has arrived with its head and goes in one write.
bool Forwarding::pass_at_once() {
  ConnectionIo& io = connection_->io;
  if (shape_ != BodyKind::kLength || io.input().size() < body_left_) return false;
  const auto size = static_cast<std::size_t>(body_left_);
  std::string_view piece = io.input().substr(0, size);
  const bool done = write_client_now(piece);
  const std::size_t written = size - piece.size();
  io.consume(written);
  body_left_ -= written;
  outcome_.response_bytes += written;
  return done;
}

asio::awaitable<bool> Forwarding::pass_by_length() {
  ConnectionIo& io = connection_->io;
  std::size_t from_input = static_cast<std::size_t>(std::min<std::uint64_t>(io.input().size(), body_left_));
  std::string_view piece = io.input().substr(0, from_input);
  if (piece.empty() && body_left_ > 0) {
    // Often right behind its head: one write for both.
    const std::span<char> target = room();
    const IoResult there = io.try_read_into(target);
    if (there.state == IoState::kClosed || there.state == IoState::kFailed)
      co_return fail_upstream("reading the response");
    piece = {target.data(), there.bytes};
  }
  while (true) {
    const std::size_t size = piece.size();
    bool written = write_client_now(piece);
    if (!written) written = co_await write_client(piece);
    if (!written) co_return false;
    if (from_input > 0) io.consume(std::exchange(from_input, 0));
    body_left_ -= size;
    outcome_.response_bytes += size;
    if (body_left_ == 0) co_return true;
    const std::span<char> target = room();
    IoResult read = io.try_read_into(target);
    if (must_wait(read.state)) read = co_await read_body(target);
    if (read.state != IoState::kDone) co_return fail_upstream("reading the response");
    room_was_full_ = read.bytes == target.size();
    piece = {target.data(), read.bytes};
  }
}

asio::awaitable<bool> Forwarding::pass_decoded() {
  ConnectionIo& io = connection_->io;
  std::string_view raw = io.input();
  bool from_input = !raw.empty();
  bool at_end = false;
  bool done = framing_.kind == BodyKind::kLength && body_left_ == 0;
  if (!from_input && !done) {
    const std::span<char> target = room();
    const IoResult there = io.try_read_into(target);
    if (there.state == IoState::kFailed) co_return fail_upstream("reading the response");
    at_end = there.state == IoState::kClosed;
    raw = {target.data(), there.bytes};
  }
  while (true) {
    piece_.clear();
    const base::Result<std::size_t> used = decode(raw, at_end, done);
    if (!used) co_return false;
    if (*used < raw.size()) reusable_ = false;
    if (from_input) io.consume(*used);
    from_input = false;
    // A head without a body yet goes out at once, unless a rewriter may still fail.
    const bool head_goes = !outcome_.head_sent && !edited_.rewriter;
    if (!piece_.empty() || done || head_goes) {
      const bool written = co_await emit(done);
      if (!written) co_return false;
    }
    if (done) co_return true;
    const std::span<char> target = room();
    IoResult read = io.try_read_into(target);
    if (must_wait(read.state)) read = co_await read_body(target);
    at_end = read.state == IoState::kClosed;
    if (read.state != IoState::kDone && !at_end) co_return fail_upstream("reading the response");
    room_was_full_ = read.bytes == target.size();
    raw = {target.data(), read.bytes};
  }
}

base::Result<std::size_t> Forwarding::decode(std::string_view raw, bool at_end, bool& done) {
  const auto failed = [this] { return std::unexpected(outcome_.error); };
  std::string_view data = raw;
  std::size_t used = raw.size();
  const bool rewrites = static_cast<bool>(edited_.rewriter);
  switch (framing_.kind) {
    case BodyKind::kChunked: {
      std::string& decoded = rewrites ? raw_piece_ : piece_;
      decoded.clear();
      const auto fed = decoder_.feed(raw, decoded, std::numeric_limits<std::size_t>::max());
      if (!fed) {
        fail(ForwardFault::kMalformed,
             {ErrorCode::kInvalid, fmt::format("malformed response: {}", fed.error().reason), ""});
        return failed();
      }
      used = *fed;
      data = decoded;
      done = decoder_.done();
      break;
    }
    case BodyKind::kUntilClose:
      done = at_end;
      break;
    case BodyKind::kLength:
    case BodyKind::kNone:
      used = static_cast<std::size_t>(std::min<std::uint64_t>(raw.size(), body_left_));
      data = raw.substr(0, used);
      body_left_ -= used;
      done = body_left_ == 0;
      break;
  }
  if (at_end && !done) {
    fail_upstream("reading the response");
    return failed();
  }
  if (!rewrites) {
    if (framing_.kind != BodyKind::kChunked) piece_ = data;
    return used;
  }
  if (data.empty() && !done) return used;
  if (auto status = guarded_rewrite(edited_.rewriter, data, done, piece_); !status) {
    fail(ForwardFault::kRewrite, std::move(status).error());
    return failed();
  }
  return used;
}

asio::awaitable<bool> Forwarding::emit(bool last) {
  const std::size_t size = piece_.size();
  if (shape_ == BodyKind::kChunked) {
    // An empty chunk would end the body.
    if (size > 0) {
      append_chunk_start(out_, size);
      piece_ += kChunkEnd;
    }
    if (last) piece_ += kLastChunk;
  }
  const bool written = co_await write_client(piece_);
  if (written) outcome_.response_bytes += size;
  co_return written;
}

asio::awaitable<bool> Forwarding::write_client(std::string_view piece) {
  if (client_.is_tls() && !out_.empty() && piece.size() <= kJoinedBody) {
    out_ += piece;
    piece = {};
  }
  std::string_view first = out_;
  const std::size_t whole = first.size() + piece.size();
  while (true) {
    const IoState state = client_.write_now(first, piece);
    if (first.size() + piece.size() < whole) outcome_.head_sent = true;
    if (state == IoState::kDone) break;
    if (!must_wait(state)) co_return fail_client("sending the response");
    await_client();
    const bool ready = co_await client_.wait(state);
    if (!ready) co_return fail_client("sending the response");
  }
  out_.clear();
  co_return true;
}

bool Forwarding::write_client_now(std::string_view& piece) {
  if (client_.is_tls()) return false;
  std::string_view first = out_;
  const std::size_t whole = first.size() + piece.size();
  const bool done = client_.write_now(first, piece) == IoState::kDone;
  if (first.size() + piece.size() < whole) outcome_.head_sent = true;
  out_.erase(0, out_.size() - first.size());
  return done;
}

asio::awaitable<IoResult> Forwarding::read_body(std::span<char> room) {
  ConnectionIo& io = connection_->io;
  IoResult result{IoState::kWantRead, 0};
  await_upstream(upstream_.options.idle_timeout);
  while (must_wait(result.state)) {
    const bool ready = co_await io.wait(result.state);
    if (!ready) co_return IoResult{IoState::kFailed, 0};
    result = io.try_read_into(room);
  }
  co_return result;
}

std::span<char> Forwarding::room() {
  // Rewriters get small pieces: what they make of one is held in memory.
  const std::size_t wanted = room_was_full_ && !edited_.rewriter ? kLargeRoom : kRoom;
  if (room_size_ < wanted) {
    room_ = std::make_unique_for_overwrite<char[]>(wanted);
    room_size_ = wanted;
  }
  // Not beyond the end of this response.
  const bool bounded = framing_.kind == BodyKind::kLength;
  return {room_.get(),
          static_cast<std::size_t>(bounded ? std::min<std::uint64_t>(room_size_, body_left_) : room_size_)};
}

void Forwarding::keep_connection() {
  if (!reusable_ || early_ || !connection_->io.input().empty()) return;
  connection_->io.set_deadline(Clock::time_point::max());
  core_.upstreams.keep(upstream_, std::move(connection_), coarse_now());
}

}  // namespace ceems::http
