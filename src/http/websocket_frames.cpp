#include "http/websocket_frames.h"

#include <algorithm>
#include <utility>

namespace ceems::http {

using base::ErrorCode;

namespace {

constexpr std::size_t kMostControlBytes = 125;
constexpr unsigned kLength16 = 126;
constexpr unsigned kLength64 = 127;
constexpr std::uint8_t kFinal = 0x80;
constexpr std::uint8_t kReserved = 0x70;
constexpr std::uint8_t kOpcode = 0x0f;
constexpr std::uint8_t kMasked = 0x80;
constexpr std::uint8_t kShortLength = 0x7f;
constexpr unsigned kNoCode = 1005;

std::uint8_t byte_at(std::string_view bytes, std::size_t index) {
  return static_cast<std::uint8_t>(bytes[index]);
}

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    number = number << 8 | byte_at(bytes, i);
  return number;
}

void append_big_endian(std::string& out, std::uint64_t number, unsigned bytes) {
  while (bytes-- > 0)
    out += static_cast<char>(number >> (8 * bytes) & 0xff);
}

std::unexpected<base::Error> fault(std::string_view what) {
  return base::fail(ErrorCode::kInvalid, "", "not the WebSocket protocol: {}", what);
}

bool is_control(WebSocketOpcode opcode) {
  return opcode >= WebSocketOpcode::kClose;
}

bool is_known(std::uint8_t opcode) {
  return opcode <= static_cast<std::uint8_t>(WebSocketOpcode::kBinary) ||
         (opcode >= static_cast<std::uint8_t>(WebSocketOpcode::kClose) &&
          opcode <= static_cast<std::uint8_t>(WebSocketOpcode::kPong));
}

}  // namespace

struct WebSocketReader::Head {
  bool is_final = false;
  WebSocketOpcode opcode = WebSocketOpcode::kBinary;
  std::uint64_t length = 0;
  std::size_t size = 2;  // of the head itself
};

void WebSocketReader::feed(std::string_view bytes) {
  input_.erase(0, std::exchange(at_, 0));
  input_ += bytes;
}

base::Result<std::optional<WebSocketReader::Head>> WebSocketReader::read_head() const {
  const std::string_view bytes = std::string_view(input_).substr(at_);
  if (bytes.size() < 2) return std::nullopt;
  const std::uint8_t first = byte_at(bytes, 0);
  const std::uint8_t second = byte_at(bytes, 1);
  // Refused before its length is waited for.
  if ((first & kReserved) != 0) return fault("a reserved bit is set");
  if (!is_known(first & kOpcode)) return fault("a frame of an unknown kind");
  if ((second & kMasked) != 0) return fault("a frame of the server is masked");
  Head head{.is_final = (first & kFinal) != 0,
            .opcode = static_cast<WebSocketOpcode>(first & kOpcode),
            .length = second & std::uint64_t{kShortLength}};
  const std::size_t more = head.length == kLength16 ? 2 : head.length == kLength64 ? 8 : 0;
  if (more == 0) return head;
  head.size += more;
  if (bytes.size() < head.size) return std::nullopt;
  const std::uint64_t least = more == 2 ? kLength16 : std::uint64_t{0x1'0000};
  head.length = big_endian(bytes.substr(2, more));
  if (head.length < least || head.length >> 63 != 0) return fault("a length in another form than its own");
  return head;
}

base::Status WebSocketReader::check(const Head& head) const {
  if (is_control(head.opcode)) {
    if (!head.is_final || head.length > kMostControlBytes)
      return fault("a control frame is cut up or too long");
    return {};
  }
  if ((head.opcode == WebSocketOpcode::kContinuation) != begun_.has_value())
    return fault("a piece of a message out of turn");
  if (head.length > most_ - pieces_.size())
    return base::fail(ErrorCode::kTooLarge, "", "a message of more than {} bytes", most_);
  return {};
}

base::Result<std::optional<WebSocketMessage>> WebSocketReader::next() {
  while (true) {
    CEEMS_TRY(const std::optional<Head> head, read_head());
    if (!head) return std::nullopt;
    CEEMS_TRY_VOID(check(*head));
    if (input_.size() - at_ - head->size < head->length) return std::nullopt;
    const std::string_view payload = std::string_view(input_).substr(at_ + head->size, head->length);
    at_ += head->size + head->length;
    if (is_control(head->opcode)) return WebSocketMessage{head->opcode, std::string(payload)};
    pieces_ += payload;
    const WebSocketOpcode kind = begun_.value_or(head->opcode);
    begun_ = kind;
    if (!head->is_final) continue;
    begun_.reset();
    return WebSocketMessage{kind, std::exchange(pieces_, {})};
  }
}

void append_client_frame(std::string& out, WebSocketOpcode opcode, std::string_view payload,
                         const WebSocketMask& mask) {
  out += static_cast<char>(kFinal | static_cast<std::uint8_t>(opcode));
  if (payload.size() < kLength16) {
    out += static_cast<char>(kMasked | payload.size());
  } else if (payload.size() <= 0xffff) {
    out += static_cast<char>(kMasked | kLength16);
    append_big_endian(out, payload.size(), 2);
  } else {
    out += static_cast<char>(kMasked | kLength64);
    append_big_endian(out, payload.size(), 8);
  }
  for (const unsigned char byte : mask)
    out += static_cast<char>(byte);
  for (std::size_t i = 0; i < payload.size(); ++i)
    out += static_cast<char>(byte_at(payload, i) ^ mask[i % mask.size()]);
}

base::Result<WebSocketClose> parse_close(std::string_view payload) {
  if (payload.empty()) return WebSocketClose{.code = kNoCode, .reason = ""};
  if (payload.size() == 1) return fault("half a code in a close frame");
  WebSocketClose close{.code = static_cast<unsigned>(big_endian(payload.substr(0, 2))),
                       .reason = std::string(payload.substr(2))};
  std::ranges::replace_if(close.reason, [](char c) { return !(c >= ' ' && c < 0x7f); }, '?');
  return close;
}

}  // namespace ceems::http
