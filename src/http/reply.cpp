// The writing half of Connection.
#include "base/text.h"
#include "http/admission.h"
#include "http/connection.h"
#include "http/run_on.h"
#include "http/write_head.h"

#include <utility>

namespace ceems::http {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds kFaultTime{2};
// A body up to this size is copied behind its head: one record under TLS, one packet mostly.
constexpr std::size_t kJoinedBody = std::size_t{8} * 1024;

}  // namespace

bool is_bodiless(int status) {
  return status < 200 || status == 204 || status == 304;
}

void add_configured_headers(Fields& fields, const Exchange& exchange) {
  if (!exchange.web) return;
  for (const auto& [name, value] : exchange.web->headers)
    if (!fields.find(name)) fields.add(name, value);
}

asio::awaitable<bool> Connection::conclude(Exchange& exchange, Response& response) {
  // Where the next request would begin is not known.
  if (exchange.body_unread || core_.draining) exchange.keep_alive = false;
  const bool written = co_await reply(exchange, response);
  if (written && exchange.body_unread) co_await linger();
  co_return written&& exchange.keep_alive;
}

asio::awaitable<bool> Connection::reply(Exchange& exchange, Response& response) {
  add_configured_headers(response.fields, exchange);
  guarded_finish(core_, exchange.request, response);
  const auto time = exchange.route ? exchange.route->write_timeout : std::chrono::milliseconds(kFaultTime);
  io_.set_deadline(coarse_now() + time);
  if (has_token(response.fields, "Connection", "close")) exchange.keep_alive = false;
  if (std::holds_alternative<BodyProducer>(response.body) && !is_bodiless(response.status)) {
    co_return co_await reply_streamed(exchange, response);
  }
  std::string_view body = response.text();
  ReplyShape shape;
  shape.body = is_bodiless(response.status) ? BodyKind::kNone : BodyKind::kLength;
  shape.length = body.size();
  shape.minor_version = exchange.minor_version;
  shape.keep_alive = exchange.keep_alive;
  shape.date = core_.current_date();
  out_.clear();
  append_response_head(out_, response.status, response.fields, shape);
  if (shape.body == BodyKind::kNone || exchange.head_only) body = {};
  if (body.size() <= kJoinedBody) {
    out_ += body;
    body = {};
  }
  co_return co_await io_.write(out_, body);
}

asio::awaitable<bool> Connection::reply_streamed(Exchange& exchange, Response& response) {
  // A body of HTTP/1.0 without a length ends with its connection.
  const bool chunked = exchange.minor_version >= 1;
  exchange.keep_alive = exchange.keep_alive && chunked;
  ReplyShape shape;
  shape.body = chunked ? BodyKind::kChunked : BodyKind::kUntilClose;
  shape.minor_version = exchange.minor_version;
  shape.keep_alive = exchange.keep_alive;
  shape.date = core_.current_date();
  out_.clear();
  append_response_head(out_, response.status, response.fields, shape);
  if (exchange.head_only) co_return co_await io_.write(out_);

  const BodyProducer& producer = std::get<BodyProducer>(response.body);
  std::string chunk;
  auto produce = [&] { return guarded_produce(producer, chunk); };
  for (bool first = true;; first = false) {
    chunk.clear();
    const base::Result<bool> more = co_await run_on(core_.workers, produce);
    if (!more) {
      core_.log.warn("a reply was cut short", {{"path", exchange.request.path()}, {"error", more.error()}});
      if (first) {
        exchange.keep_alive = false;
        co_await reply_fault({500, "the reply could not be made"});
      } else {
        io_.reset_on_close();
        io_.abort();
      }
      co_return false;
    }
    // An empty chunk would end the body.
    if (chunked && !chunk.empty()) {
      append_chunk_start(out_, chunk.size());
      chunk += kChunkEnd;
    }
    if (chunked && !*more) chunk += kLastChunk;
    const bool written = co_await io_.write(out_, chunk);
    if (!written) {
      io_.reset_on_close();
      co_return false;
    }
    out_.clear();
    if (!*more) co_return true;
  }
}

asio::awaitable<void> Connection::reply_fault(HeadFault fault) {
  io_.allow_again();
  io_.set_deadline(coarse_now() + kFaultTime);
  const Response response = fault_response(fault);
  ReplyShape shape;
  shape.length = response.text().size();
  shape.keep_alive = false;
  shape.date = core_.current_date();
  out_.clear();
  append_response_head(out_, response.status, response.fields, shape);
  out_ += response.text();
  const bool written = co_await io_.write(out_);
  if (written) co_await io_.linger();
}

}  // namespace ceems::http
