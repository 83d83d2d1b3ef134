// What the connections of one server share. Owned by the server; used on the network thread only, but for the
// worker pools, which are thread-safe.
#pragma once

#include "base/log.h"
#include "http/router.h"
#include "http/server.h"
#include "http/upstream_pool.h"
#include "http/web_guard.h"
#include "http/worker_pool.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace ceems::http {

class Connection;

struct ServerCore {
  ServerCore(ServerOptions server_options, std::vector<Route> routes, std::unique_ptr<WebGuard> web_guard)
      : options(std::move(server_options)),
        router(std::move(routes)),
        guard(std::move(web_guard)),
        workers("http-worker", options.worker_threads) {}
  ~ServerCore() { destroying = true; }

  const ServerOptions options;
  const Router router;
  const std::unique_ptr<WebGuard> guard;  // null without a web configuration
  const base::Logger log = base::Logger().with("component", "http");
  std::unordered_set<Connection*> connections;
  int waiting_acceptors = 0;  // somebody wants to connect, and there is no room
  bool draining = false;      // no new requests; replies close their connection
  bool destroying = false;    // coroutines are being thrown away
  std::string date;           // of `date_seconds`
  std::int64_t date_seconds = 0;

  // Destroyed in this order, from the end: threads that may still post, timers, coroutines, what they use.
  boost::asio::io_context io{1};
  // Never expires; cancelled when a connection ends or begins to idle, for acceptors that wait for a slot.
  boost::asio::steady_timer slot_freed{io, boost::asio::steady_timer::time_point::max()};
  boost::asio::steady_timer ticker{io};  // cancelled when the last connection ends
  bool ticking = false;
  UpstreamPool upstreams;
  WorkerPool workers;
  WorkerPool password_checker{"http-password", 1};
  WorkerPool token_fetchers{"http-token", 2};

  std::string_view current_date();
};

}  // namespace ceems::http
