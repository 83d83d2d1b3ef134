// A server that requests are forwarded to: where it is, how to authenticate there, how long to wait for it.
// Immutable and thread-safe; share it between routes and servers. Each server keeps connections of its own to
// it.
//
// Takes the same configuration as Client: TLS, basic auth, authorization, OAuth2, extra headers, proxies.
// Files are looked at with each request and read again when they have changed. Redirects are not followed:
// the client gets them. A name is looked up again for new connections, at most once in five seconds.
#pragma once

#include "base/result.h"
#include "config/http_client.h"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace ceems::http {

struct UpstreamOptions {
  // http, https or unix:/path.sock:/base. Its path is put before each target with one slash between, its
  // query before the target's with '&'. Userinfo is used as basic auth where the configuration has no
  // authorization.
  std::string url;
  config::HttpClientConfig config;  // its `url` is not looked at

  // Limits are checked once a second, so they may be overdrawn by as much.
  std::chrono::milliseconds connect_timeout{5'000};     // name, connection, TLS and proxy together
  std::chrono::milliseconds response_timeout{300'000};  // from the sent request to the response's head
  std::chrono::milliseconds idle_timeout{60'000};       // it neither takes nor sends anything
  std::chrono::milliseconds total_timeout{0};           // from the decision to the end; 0: unlimited
  std::size_t max_head_bytes = std::size_t{64} << 10;   // of a response

  // Connections that wait for another request, per server.
  std::size_t max_kept = 64;
  std::chrono::milliseconds keep_time{60'000};

  bool preserve_host = false;  // the client's Host field instead of the one of `url`
  bool forwarded_for = true;   // the client's address is appended to X-Forwarded-For
  // The client's Authorization passes where nothing else is configured. Otherwise it never does.
  bool pass_authorization = false;
  std::optional<std::string> user_agent;  // instead of the client's
};

struct UpstreamState;  // inside the room

class Upstream {
 public:
  // Reads certificates. Errors name the file, or the redacted URL. Connects to nothing yet.
  static base::Result<std::shared_ptr<const Upstream>> create(UpstreamOptions options);

  explicit Upstream(std::unique_ptr<UpstreamState> state);
  ~Upstream();
  Upstream(const Upstream&) = delete;
  Upstream& operator=(const Upstream&) = delete;

  const std::string& name() const;  // "tsdb.example:9090", "unix:/run/x.sock": for labels
  const std::string& url() const;   // without password: for logs

  UpstreamState& state() const { return *state_; }  // inside the room

 private:
  std::unique_ptr<UpstreamState> state_;
};

}  // namespace ceems::http
