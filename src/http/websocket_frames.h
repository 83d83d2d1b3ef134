// The frames of WebSocket (RFC 6455 §5) as a client reads and writes them, without I/O. Not thread-safe.
//
// Strict: no extension is spoken, so reserved bits are faults, as are unknown opcodes, masked frames of a
// server, lengths that are not in their shortest form, control frames that are cut up or longer than 125
// bytes, and pieces of messages out of turn.
#pragma once

#include "base/result.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ceems::http {

enum class WebSocketOpcode : std::uint8_t {
  kContinuation = 0,
  kText = 1,
  kBinary = 2,
  kClose = 8,
  kPing = 9,
  kPong = 10,
};

struct WebSocketMessage {
  WebSocketOpcode kind = WebSocketOpcode::kBinary;  // never kContinuation: pieces are put together
  std::string payload;
};

// Takes bytes of a server apart. After an error it is of no more use.
class WebSocketReader {
 public:
  explicit WebSocketReader(std::size_t most_message_bytes) : most_(most_message_bytes) {}

  void feed(std::string_view bytes);
  // The next message that is complete; nullopt: more bytes are needed. Holds no more than one message and
  // what was fed. kTooLarge as soon as a message announces more than the bound; kInvalid for faults.
  base::Result<std::optional<WebSocketMessage>> next();

 private:
  struct Head;
  base::Result<std::optional<Head>> read_head() const;
  base::Status check(const Head& head) const;

  std::size_t most_;
  std::string input_;
  std::size_t at_ = 0;                    // of it, what is read
  std::optional<WebSocketOpcode> begun_;  // of a message whose pieces are not all there
  std::string pieces_;
};

using WebSocketMask = std::array<unsigned char, 4>;

// One whole message or control frame of a client. The mask has to be unpredictable (RFC 6455 §5.3).
void append_client_frame(std::string& out, WebSocketOpcode opcode, std::string_view payload,
                         const WebSocketMask& mask);

// What a close frame says: its code, 1005 where there is none, and the reason in printable ASCII, anything
// else replaced.
struct WebSocketClose {
  unsigned code = 1005;
  std::string reason;
};
// kInvalid: half a code.
base::Result<WebSocketClose> parse_close(std::string_view payload);

}  // namespace ceems::http
