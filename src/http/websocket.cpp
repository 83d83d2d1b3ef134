#include "http/websocket.h"

#include "base/text.h"
#include "http/head.h"
#include "http/password.h"
#include "http/transport.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include <fmt/ranges.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

namespace ceems::http {

namespace {

using base::ErrorCode;

constexpr std::string_view kAcceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::size_t kKeyBytes = 16;
constexpr unsigned kNormalClosure = 1000;

base::Status fill_randomly(std::span<unsigned char> bytes) {
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1) return {};
  return base::fail(ErrorCode::kInternal, "", "no random numbers: {}", take_openssl_error());
}

base::Result<std::string> make_key() {
  std::array<unsigned char, kKeyBytes> bytes{};
  CEEMS_TRY_VOID(fill_randomly(bytes));
  return base64_encode({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::unexpected<base::Error> refuse(std::string_view what) {
  return base::fail(ErrorCode::kInvalid, "", "the answer opens no WebSocket: {}", what);
}

// The protocol that the server chose.
base::Result<std::string> check_answer(const Response& response, std::string_view key,
                                       const std::vector<std::string>& offered) {
  const Fields& fields = response.fields;
  const auto upgrade = fields.find("Upgrade");
  if (!upgrade || !base::equals_ignoring_case(*upgrade, "websocket") ||
      !has_token(fields, "Connection", "upgrade"))
    return refuse("it is for another protocol");
  if (fields.count("Sec-WebSocket-Accept") != 1 ||
      fields.find("Sec-WebSocket-Accept") != websocket_accept(key))
    return refuse("it is to another request");
  if (fields.find("Sec-WebSocket-Extensions")) return refuse("it has an extension that nobody asked for");
  const std::string chosen(fields.find("Sec-WebSocket-Protocol").value_or(""));
  if (fields.count("Sec-WebSocket-Protocol") > 1) return refuse("it has several protocols");
  const bool was_offered =
      offered.empty() ? chosen.empty() : std::ranges::find(offered, chosen) != offered.end();
  if (!was_offered) return refuse("it is for none of the protocols that were offered");
  return chosen;
}

Request make_request(std::string_view key, const std::vector<std::string>& protocols) {
  Request request;
  request.fields.add("Connection", "Upgrade");
  request.fields.add("Upgrade", "websocket");
  request.fields.add("Sec-WebSocket-Version", "13");
  request.fields.add("Sec-WebSocket-Key", std::string(key));
  if (!protocols.empty())
    request.fields.add("Sec-WebSocket-Protocol", fmt::format("{}", fmt::join(protocols, ", ")));
  return request;
}

}  // namespace

std::string websocket_accept(std::string_view key) {
  const std::string text = std::string(key) + std::string(kAcceptSuffix);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
  return base64_encode({reinterpret_cast<const char*>(digest.data()), size});
}

base::Result<WebSocket::Opened> WebSocket::open(Client& client, std::string_view url,
                                                WebSocketOptions options) {
  CEEMS_TRY(const std::string key, make_key());
  CEEMS_TRY(Switched switched, client.switch_protocol(url, make_request(key, options.protocols)));
  Opened opened;
  if (switched.stream != nullptr) {
    CEEMS_TRY(std::string protocol, check_answer(switched.response, key, options.protocols));
    opened.socket = std::make_unique<WebSocket>(std::move(switched.stream), std::move(protocol),
                                                options.most_message_bytes);
  }
  opened.response = std::move(switched.response);
  return opened;
}

base::Result<std::optional<WebSocketMessage>> WebSocket::receive(Stream::Deadline deadline) {
  while (true) {
    CEEMS_TRY(std::optional<WebSocketMessage> message, reader_.next());
    if (!message) {
      CEEMS_TRY(const std::string bytes, stream_->read(deadline));
      if (bytes.empty())
        return base::fail(ErrorCode::kUnavailable, "", "the connection ended in the middle of a WebSocket");
      reader_.feed(bytes);
      continue;
    }
    switch (message->kind) {
      case WebSocketOpcode::kPing:
        CEEMS_TRY_VOID(write(WebSocketOpcode::kPong, message->payload, deadline));
        break;
      case WebSocketOpcode::kClose: {
        CEEMS_TRY(closed_, parse_close(message->payload));
        // The server expects an answer, and may be gone.
        static_cast<void>(write(WebSocketOpcode::kClose, message->payload.substr(0, 2), deadline));
        return std::nullopt;
      }
      case WebSocketOpcode::kText:
      case WebSocketOpcode::kBinary:
        return message;
      case WebSocketOpcode::kContinuation:
      case WebSocketOpcode::kPong:
        break;
    }
  }
}

base::Status WebSocket::send(std::string_view binary, Stream::Deadline deadline) {
  return write(WebSocketOpcode::kBinary, binary, deadline);
}

base::Status WebSocket::close(Stream::Deadline deadline) {
  constexpr std::array<char, 2> kCode = {static_cast<char>(kNormalClosure >> 8),
                                         static_cast<char>(kNormalClosure & 0xff)};
  return write(WebSocketOpcode::kClose, {kCode.data(), kCode.size()}, deadline);
}

base::Status WebSocket::write(WebSocketOpcode opcode, std::string_view payload, Stream::Deadline deadline) {
  WebSocketMask mask{};
  CEEMS_TRY_VOID(fill_randomly(mask));
  std::string frame;
  append_client_frame(frame, opcode, payload, mask);
  return stream_->write(frame, deadline);
}

}  // namespace ceems::http
