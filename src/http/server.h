// An HTTP/1.1 server: listeners (TCP, systemd-passed sockets), TLS and basic auth from a web configuration
// that is re-read when it changes, request limits, keep-alive, streamed bodies, graceful shutdown.
//
// One thread does all network I/O. Handlers run on worker threads (or in place where the route says `quick`),
// may block, and are called concurrently; a route with `decide` may also forward requests to another server,
// see http/forward.h. Public functions of Server are for one thread, the one that made it.
#pragma once

#include "base/result.h"
#include "http/forward.h"
#include "http/message.h"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ceems::http {

using Handler = std::function<Response(const Request&)>;

struct Route {
  // The path as it must arrive, still encoded. Ending in "/…" marks a prefix: "/swagger/…" takes all below
  // "/swagger/".
  std::string path;
  std::vector<std::string> methods;  // empty: any; another method gets 405
  Handler handler;
  bool quick = false;                               // never blocks: called on the network thread
  std::size_t body_limit = 0;                       // bytes of request body accepted; more gets 413
  std::chrono::milliseconds write_timeout{10'000};  // for the whole reply, from when the handler returns
  // In the place of `handler`: answers itself or forwards. `quick` and `body_limit` mean nothing here; a body
  // is read when an answer asks for it.
  Decider decide = {};
};

struct ServerOptions {
  std::vector<std::string> listen_addresses;  // "host:port", ":port", "[v6]:port"
  bool systemd_socket = false;                // take LISTEN_FDS instead
  std::string systemd_name;                   // of them only those of this name (FileDescriptorName=)
  std::string web_config_file;                // "" for plain HTTP
  std::chrono::milliseconds head_timeout{2'000};
  std::chrono::milliseconds read_timeout{10'000};
  std::chrono::milliseconds idle_timeout{10'000};
  std::size_t max_connections = 512;
  std::size_t max_head_bytes = 16 * 1024;
  std::size_t worker_threads = 4;
  // Called before route matching on every request, after authentication and before its body is read; a
  // response ends it there. On the network thread: must not block. May be empty.
  std::function<std::optional<Response>(const Request&)> filter;
  // Called for each reply to a well-formed request just before it is written (access logs, CORS). On the
  // network thread: must not block. May be empty.
  std::function<void(const Request&, Response&)> finish;
  bool redirect_unclean_paths = false;  // 301 for "//" and ".." instead of 404
  // Called with each look at the web configuration and the files that it names once the server runs; must run
  // what it is given before it returns. For programs that may read them only with privileges which they do
  // not use otherwise. May be empty.
  std::function<void(const std::function<void()>&)> with_file_access;
};

// Reads the web configuration and all that it names, as create() would. Errors as there.
base::Status check_web_config(const std::string& path);

class Server {
 public:
  // Binds every address. Errors name the address, or the line of the web configuration.
  static base::Result<std::unique_ptr<Server>> create(ServerOptions options, std::vector<Route> routes);
  // Waits for handlers that still run: they use what the program is about to destroy.
  virtual ~Server() = default;

  // Starts to serve on threads of its own.
  virtual void start() = 0;
  // Stops accepting, lets running requests finish for at most `grace`, then closes. Idempotent.
  virtual void stop(std::chrono::milliseconds grace) = 0;
  // "127.0.0.1:9010" for each listener: the real port when 0 was asked for.
  virtual std::vector<std::string> addresses() const = 0;
};

}  // namespace ceems::http
