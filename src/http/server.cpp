#include "http/server.h"

#include "base/check.h"
#include "base/quiet_thread.h"
#include "http/connection.h"
#include "http/listener.h"
#include "http/server_core.h"
#include "http/write_head.h"

#include <time.h>

#include <algorithm>
#include <future>
#include <thread>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace ceems::http {

namespace asio = boost::asio;

std::string_view ServerCore::current_date() {
  const std::int64_t seconds = ::time(nullptr);
  if (seconds != date_seconds || date.empty()) {
    date = http_date(seconds);
    date_seconds = seconds;
  }
  return date;
}

namespace {

constexpr std::chrono::seconds kTick{1};

// Coroutines of the server itself.

asio::awaitable<void> serve_connection(std::unique_ptr<Connection> connection) {
  co_await connection->run();
}

// Runs while there are connections.
asio::awaitable<void> tick(ServerCore& core) {
  while (!core.connections.empty() || !core.upstreams.empty()) {
    core.ticker.expires_after(kTick);
    co_await core.ticker.async_wait(asio::as_tuple(asio::use_awaitable));
    const auto now = Clock::now();
    for (Connection* connection : core.connections)
      connection->check(now);
    core.upstreams.sweep(now);
  }
  core.ticking = false;
}

// Makes room by closing the connection that has been waiting longest for its next request.
void drop_idlest(ServerCore& core) {
  Connection* idlest = nullptr;
  for (Connection* connection : core.connections)
    if (connection->idle() && (idlest == nullptr || connection->deadline() < idlest->deadline()))
      idlest = connection;
  if (idlest != nullptr) idlest->abort();
}

void log_lost_exception(const ServerCore& core, const std::exception_ptr& lost) {
  if (!lost) return;
  try {
    std::rethrow_exception(lost);
  } catch (const std::exception& exception) {
    core.log.error("a connection ended by an exception", {{"error", exception.what()}});
  }
}

void accept_one(ServerCore& core, base::Fd fd, Peer peer) {
  // Made here, not by the coroutine when it starts: it counts from now on.
  auto connection = std::make_unique<Connection>(core, std::move(fd), std::move(peer));
  asio::co_spawn(core.io, serve_connection(std::move(connection)),
                 [&core](const std::exception_ptr& lost) { log_lost_exception(core, lost); });
  if (!std::exchange(core.ticking, true)) asio::co_spawn(core.io, tick(core), asio::detached);
}

}  // namespace

class ListeningServer final : public Server {
 public:
  ListeningServer(std::unique_ptr<ServerCore> core, std::vector<Listener> listeners)
      : core_(std::move(core)) {
    for (Listener& listener : listeners) {
      addresses_.push_back(listener.address);
      listeners_.emplace_back(core_->io, listener.fd.get());
      static_cast<void>(listener.fd.release());
    }
  }

  ~ListeningServer() override { stop(std::chrono::milliseconds(0)); }

  void start() override {
    CEEMS_CHECK(!thread_.joinable() && !stopped_);
    for (auto& listener : listeners_)
      asio::co_spawn(core_->io, accept_all(listener), asio::detached);
    std::promise<void> ended;
    ended_ = ended.get_future();
    base::Result<std::thread> thread =
        base::quiet_thread("http-network", [this, ended = std::move(ended)]() mutable {
          core_->io.run();
          ended.set_value();
        });
    CEEMS_CHECK(thread);  // a program that has no thread to serve with has no reason to run
    thread_ = std::move(*thread);
  }

  void stop(std::chrono::milliseconds grace) override {
    if (std::exchange(stopped_, true)) return;
    if (!thread_.joinable()) {
      listeners_.clear();
      return;
    }
    asio::post(core_->io, [this] { drain(); });
    // The context runs out of work when the last connection has ended.
    if (ended_.wait_for(grace) != std::future_status::ready) {
      asio::post(core_->io, [this] {
        for (Connection* connection : core_->connections)
          connection->cut();
      });
      if (ended_.wait_for(kAbortTime) != std::future_status::ready) core_->io.stop();
    }
    thread_.join();
  }

  std::vector<std::string> addresses() const override { return addresses_; }

 private:
  static constexpr std::chrono::milliseconds kAbortTime{100};

  void drain() {
    core_->draining = true;
    for (auto& listener : listeners_)
      listener.close();
    core_->slot_freed.cancel();
    core_->upstreams.stop();
    if (core_->connections.empty()) core_->ticker.cancel();
    for (Connection* connection : core_->connections)
      if (!connection->serving()) connection->abort();
  }

  asio::awaitable<void> accept_all(asio::posix::stream_descriptor& listener) {
    while (!core_->draining) {
      const auto [error] = co_await listener.async_wait(asio::posix::descriptor_base::wait_read,
                                                        asio::as_tuple(asio::use_awaitable));
      if (error || core_->draining) co_return;
      if (core_->connections.size() >= core_->options.max_connections) {
        drop_idlest(*core_);
        ++core_->waiting_acceptors;
        co_await core_->slot_freed.async_wait(asio::as_tuple(asio::use_awaitable));
        --core_->waiting_acceptors;
        continue;
      }
      const bool exhausted = accept_waiting(listener.native_handle());
      if (exhausted) {
        asio::steady_timer pause(core_->io, kTick);
        co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
      }
    }
  }

  // True when the process has no descriptors left.
  bool accept_waiting(int listener) {
    while (core_->connections.size() < core_->options.max_connections) {
      Peer peer;
      auto fd = accept_connection(listener, peer);
      if (fd) {
        accept_one(*core_, *std::move(fd), std::move(peer));
        continue;
      }
      if (fd.error().code == base::ErrorCode::kNoData) return false;
      if (fd.error().code != base::ErrorCode::kTooLarge) continue;  // one that has gone already
      core_->log.warn("cannot accept connections for now", {{"error", fd.error()}});
      return true;
    }
    return false;
  }

  std::unique_ptr<ServerCore> core_;
  std::vector<asio::posix::stream_descriptor> listeners_;
  std::vector<std::string> addresses_;
  std::thread thread_;
  std::future<void> ended_;
  bool stopped_ = false;
};

base::Status check_web_config(const std::string& path) {
  const auto guard = WebGuard::load(path);
  if (!guard) return std::unexpected(guard.error());
  return {};
}

base::Result<std::unique_ptr<Server>> Server::create(ServerOptions options, std::vector<Route> routes) {
  std::unique_ptr<WebGuard> guard;
  if (!options.web_config_file.empty()) {
    CEEMS_TRY(guard, WebGuard::load(options.web_config_file));
    guard->set_file_access(options.with_file_access);
  }
  CEEMS_TRY(std::vector<Listener> listeners, options.systemd_socket
                                                 ? systemd_listeners(options.systemd_name)
                                                 : open_listeners(options.listen_addresses));
  auto core = std::make_unique<ServerCore>(std::move(options), std::move(routes), std::move(guard));
  return std::make_unique<ListeningServer>(std::move(core), std::move(listeners));
}

}  // namespace ceems::http
