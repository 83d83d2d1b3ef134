// The client's connections that wait for another request, by what they are connected to. Thread-safe.
#pragma once

#include "http/client_connection.h"

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace ceems::http {

class ConnectionPool {
 public:
  // One that is still good, or nullptr. Also closes those that have waited for five minutes.
  std::unique_ptr<ClientConnection> take(const std::string& key);
  // Keeps it if it is reusable and there is room.
  void keep(const std::string& key, std::unique_ptr<ClientConnection> connection);

 private:
  using Connections = std::vector<std::unique_ptr<ClientConnection>>;

  std::mutex mutex_;  // guards what follows
  std::map<std::string, Connections> idle_;
  std::size_t count_ = 0;
};

}  // namespace ceems::http
