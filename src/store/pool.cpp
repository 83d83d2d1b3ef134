#include "store/pool.h"

namespace ceems::store {

base::Result<ConnectionPool::Lease> ConnectionPool::borrow() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<Connection> connection = std::move(idle_.back());
      idle_.pop_back();
      return Lease(this, std::move(connection));
    }
  }
  CEEMS_TRY(auto connection, Connection::open(path_, Connection::Mode::kReadOnly, busy_timeout_));
  return Lease(this, std::move(connection));
}

void ConnectionPool::give_back(std::unique_ptr<Connection> connection) {
  const std::lock_guard lock(mutex_);
  if (idle_.size() < idle_limit_) idle_.push_back(std::move(connection));
}

}  // namespace ceems::store
