#include "http/connection_pool.h"

#include <chrono>
#include <utility>

namespace ceems::http {

namespace {

constexpr std::chrono::minutes kMaxIdle{5};
constexpr std::size_t kMaxPerKey = 16;
constexpr std::size_t kMaxIdleConnections = 64;

}  // namespace

std::unique_ptr<ClientConnection> ConnectionPool::take(const std::string& key) {
  Connections closed;  // outlives the lock
  const auto oldest = std::chrono::steady_clock::now() - kMaxIdle;
  const std::lock_guard lock(mutex_);
  for (auto& [name, connections] : idle_) {
    std::erase_if(connections, [&](std::unique_ptr<ClientConnection>& connection) {
      if (connection->idle_since() > oldest) return false;
      closed.push_back(std::move(connection));
      --count_;
      return true;
    });
  }
  std::erase_if(idle_, [](const auto& entry) { return entry.second.empty(); });
  const auto found = idle_.find(key);
  if (found == idle_.end()) return nullptr;
  // The one used last is the least likely to have been closed by the other end.
  while (!found->second.empty()) {
    std::unique_ptr<ClientConnection> connection = std::move(found->second.back());
    found->second.pop_back();
    --count_;
    if (connection->quiet()) return connection;
    closed.push_back(std::move(connection));
  }
  return nullptr;
}

void ConnectionPool::keep(const std::string& key, std::unique_ptr<ClientConnection> connection) {
  if (!connection->reusable()) return;
  const std::lock_guard lock(mutex_);
  Connections& connections = idle_[key];
  if (count_ >= kMaxIdleConnections || connections.size() >= kMaxPerKey) return;
  connections.push_back(std::move(connection));
  ++count_;
}

}  // namespace ceems::http
