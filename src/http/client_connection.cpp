#include "http/client_connection.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <span>

namespace ceems::http {

using base::ErrorCode;

namespace {

constexpr std::size_t kRead = std::size_t{32} * 1024;
constexpr std::size_t kMaxHead = std::size_t{64} * 1024;
constexpr int kMaxInterimResponses = 8;

short poll_event(IoState state) {
  return state == IoState::kWantWrite ? POLLOUT : POLLIN;
}

std::unexpected<base::Error> malformed(const HeadFault& fault) {
  if (fault.status == 413) return base::fail(ErrorCode::kTooLarge, "", "the response is too large");
  return base::fail(ErrorCode::kInvalid, "", "malformed response: {}", fault.reason);
}

}  // namespace

std::unexpected<base::Error> ClientConnection::broken() const {
  return base::fail(ErrorCode::kUnavailable, "", "connection broken: {}", transport_.error());
}

base::Status ClientConnection::start_tls(SslPtr session, const Patience& patience) {
  transport_.start_tls(std::move(session));
  while (true) {
    const IoState state = transport_.handshake();
    if (state == IoState::kDone) return {};
    if (!must_wait(state))
      return base::fail(ErrorCode::kUnavailable, "", "TLS handshake failed: {}",
                        transport_.error().empty() ? "connection closed" : transport_.error());
    if (auto waited = wait_for(fd_.get(), poll_event(state), patience); !waited)
      return base::wrap(std::move(waited).error(), "TLS handshake");
  }
}

base::Status ClientConnection::send(std::string_view first, std::string_view second,
                                    const Patience& patience) {
  while (!first.empty() || !second.empty()) {
    const IoResult result = transport_.write(first, second);
    if (result.state == IoState::kDone) {
      const std::size_t of_first = std::min(result.bytes, first.size());
      first.remove_prefix(of_first);
      second.remove_prefix(result.bytes - of_first);
      continue;
    }
    if (!must_wait(result.state)) return broken();
    if (auto waited = wait_for(fd_.get(), poll_event(result.state), patience); !waited)
      return base::wrap(std::move(waited).error(), "sending the request");
  }
  return {};
}

base::Status ClientConnection::read_more(const Patience& patience, bool& at_end) {
  at_end = false;
  const std::size_t old_size = input_.size();
  while (true) {
    input_.resize(old_size + kRead);
    const IoResult result = transport_.read(std::span(input_).subspan(old_size));
    input_.resize(old_size + result.bytes);
    if (result.state == IoState::kDone) {
      response_begun_ = true;
      return {};
    }
    if (result.state == IoState::kClosed) {
      at_end = true;
      return base::fail(ErrorCode::kUnavailable, "",
                        "the connection was closed before the response was complete");
    }
    if (!must_wait(result.state)) return broken();
    if (auto waited = wait_for(fd_.get(), poll_event(result.state), patience); !waited)
      return base::wrap(std::move(waited).error(), "waiting for the response");
  }
}

base::Result<ResponseHead> ClientConnection::read_head(const Patience& patience) {
  for (int interim = 0; interim <= kMaxInterimResponses;) {
    const auto end = find_head_end(input_, 0);
    if (!end) return malformed(end.error());
    if (*end == 0 && input_.size() > kMaxHead)
      return base::fail(ErrorCode::kTooLarge, "", "the header of the response is too large");
    if (*end == 0) {
      bool at_end = false;
      CEEMS_TRY_VOID(read_more(patience, at_end));
      continue;
    }
    auto head = parse_response_head(std::string_view(input_).substr(0, *end));
    if (!head) return malformed(head.error());
    input_.erase(0, *end);
    if (head->status == 101 && !may_switch_)
      return base::fail(ErrorCode::kInvalid, "", "the server switched protocols unasked");
    if (head->status == 101 || head->status >= 200) return *std::move(head);
    ++interim;
  }
  return base::fail(ErrorCode::kInvalid, "", "too many interim responses");
}

base::Result<std::string> ClientConnection::read_chunked(std::size_t max_body, const Patience& patience) {
  std::string body;
  ChunkDecoder decoder;
  while (true) {
    const auto used = decoder.feed(input_, body, max_body);
    if (!used) return malformed(used.error());
    input_.erase(0, *used);
    if (decoder.done()) return body;
    bool at_end = false;
    CEEMS_TRY_VOID(read_more(patience, at_end));
  }
}

base::Result<std::string> ClientConnection::read_body(const Framing& framing, std::size_t max_body,
                                                      const Patience& patience) {
  const std::unexpected too_large = malformed({413, ""});
  if (framing.kind == BodyKind::kNone) return std::string();
  if (framing.kind == BodyKind::kChunked) return read_chunked(max_body, patience);
  const bool has_length = framing.kind == BodyKind::kLength;
  if (has_length && framing.length > max_body) return too_large;
  while (!has_length || input_.size() < framing.length) {
    if (input_.size() > max_body) return too_large;
    bool at_end = false;
    auto more = read_more(patience, at_end);
    if (!more && at_end && !has_length) break;
    if (!more) return std::unexpected(std::move(more).error());
  }
  if (!has_length) return std::exchange(input_, {});
  std::string body = std::exchange(input_, {});
  input_ = body.substr(framing.length);
  body.resize(framing.length);
  return body;
}

base::Result<Response> ClientConnection::exchange(std::string_view head, std::string_view body,
                                                  std::string_view method, std::size_t max_body,
                                                  const Patience& patience) {
  response_begun_ = false;
  reusable_ = false;
  auto sent = send(head, body, patience);
  // A server that refuses a request early closes while we still write; its answer may have arrived.
  if (!sent && sent.error().code != ErrorCode::kUnavailable) return std::unexpected(std::move(sent).error());
  auto response_head = read_head(patience);
  if (!response_head)
    return std::unexpected(sent ? std::move(response_head).error() : std::move(sent).error());
  const auto framing = response_framing(*response_head, method);
  if (!framing) return malformed(framing.error());
  CEEMS_TRY(std::string content, read_body(*framing, max_body, patience));
  reusable_ = sent.has_value() && framing->kind != BodyKind::kUntilClose && input_.empty() &&
              keeps_alive(response_head->fields, response_head->minor_version);
  idle_since_ = std::chrono::steady_clock::now();
  Response response;
  response.status = response_head->status;
  response.fields = std::move(response_head->fields);
  response.body = std::move(content);
  return response;
}

base::Result<Response> ClientConnection::switch_protocol(std::string_view head, std::size_t max_body,
                                                         const Patience& patience) {
  may_switch_ = true;
  return exchange(head, "", "GET", max_body, patience);
}

base::Result<std::string> ClientConnection::read_some(const Patience& patience) {
  bool at_end = false;
  if (input_.empty()) {
    auto more = read_more(patience, at_end);
    if (!more && !at_end) return std::unexpected(std::move(more).error());
  }
  return std::exchange(input_, {});
}

bool ClientConnection::quiet() const {
  char byte = 0;
  return ::recv(fd_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

}  // namespace ceems::http
