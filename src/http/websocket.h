// The client's end of a WebSocket (RFC 6455): opened with a client's credentials, TLS and proxies, for whole
// messages. No extensions. Pings are answered while a message is waited for. Blocking; not thread-safe, but
// for the client's cancel().
#pragma once

#include "base/result.h"
#include "http/client.h"
#include "http/websocket_frames.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::http {

struct WebSocketOptions {
  std::vector<std::string> protocols;  // that are offered, the best first; empty: none is spoken
  std::size_t most_message_bytes = std::size_t{1} << 20;
};

class WebSocket {
 public:
  // The answer to the request to open one.
  struct Opened {
    Response response;                  // in whole, where the server refuses: its status is not 101
    std::unique_ptr<WebSocket> socket;  // null then
  };

  // `url` has scheme http or https. Errors: those of Client::send(); kInvalid if the server's answer is none
  // to a WebSocket, or it speaks none of the protocols.
  static base::Result<Opened> open(Client& client, std::string_view url, WebSocketOptions options);

  // For a stream on which the handshake is over.
  WebSocket(std::unique_ptr<Stream> stream, std::string protocol, std::size_t most_message_bytes)
      : stream_(std::move(stream)), protocol_(std::move(protocol)), reader_(most_message_bytes) {}

  // The one that the server chose; "" where none was offered.
  const std::string& protocol() const { return protocol_; }

  // The next message; nullopt once the server has closed in good order, see close_reason(). kUnavailable if
  // the connection ends without that; kTimeout, kCancelled; kTooLarge, kInvalid as of WebSocketReader. After
  // an error the socket is of no more use.
  base::Result<std::optional<WebSocketMessage>> receive(Stream::Deadline deadline);
  base::Status send(std::string_view binary, Stream::Deadline deadline);
  // Tells the server that nothing more is wanted, and does not wait for its answer.
  base::Status close(Stream::Deadline deadline);

  const WebSocketClose& close_reason() const { return closed_; }

 private:
  base::Status write(WebSocketOpcode opcode, std::string_view payload, Stream::Deadline deadline);

  const std::unique_ptr<Stream> stream_;
  const std::string protocol_;
  WebSocketReader reader_;
  WebSocketClose closed_;
};

// What a server has to answer to that key in Sec-WebSocket-Accept (RFC 6455 §4.2.2).
std::string websocket_accept(std::string_view key);

}  // namespace ceems::http
