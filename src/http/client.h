// A blocking HTTP/1.1 client with kept connections, TLS, authentication and proxies as Prometheus' HTTP
// client configuration describes them. Thread-safe: concurrent sends use connections of their own.
#pragma once

#include "base/result.h"
#include "config/http_client.h"
#include "http/message.h"
#include "http/stream.h"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace ceems::http {

struct ClientOptions {
  config::HttpClientConfig config;
  std::string user_agent;  // "ceems_api_server/0.1.0"
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds timeout{30'000};           // for the whole exchange
  std::size_t max_body_bytes = std::size_t{64} << 20;  // kTooLarge beyond
  bool accept_gzip = true;  // asks for gzip and decodes it; the bound is on decoded bytes
};

// The answer to a request that asked to speak another protocol.
struct Switched {
  Response response;
  std::unique_ptr<Stream> stream;  // null unless the status is 101
};

class Client {
 public:
  // Reads certificates; errors name the file.
  static base::Result<std::unique_ptr<Client>> create(ClientOptions options);
  virtual ~Client() = default;

  // `url` is absolute; `request.target` is ignored. Any status is a response; only a failed exchange is an
  // error (kUnavailable, kTimeout, kTooLarge, kCancelled, kInvalid), with the redacted URL as its subject.
  virtual base::Result<Response> send(std::string_view url, Request request) = 0;
  // Sends a GET whose field Upgrade asks to speak another protocol (RFC 9110 §7.8), with the client's
  // credentials, through its proxies and under its TLS, on a connection of its own. Redirects are not
  // followed. Errors as send(); kInvalid of a client that is not for that.
  virtual base::Result<Switched> switch_protocol(std::string_view url, Request request);
  // Makes running and future sends fail with kCancelled, and so streams.
  virtual void cancel() = 0;
};

}  // namespace ceems::http
