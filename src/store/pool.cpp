#include "store/pool.h"

#include <sys/stat.h>

namespace ceems::store {

ConnectionPool::FileId ConnectionPool::identify(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return {};
  return {.device = status.st_dev, .inode = status.st_ino};
}

base::Result<ConnectionPool::Lease> ConnectionPool::borrow() {
  // Before it is opened: should it be replaced in between, the connection is dropped next time.
  const FileId file = identify(path_);
  std::vector<Idle> outdated;  // closed without the lock
  {
    const std::lock_guard lock(mutex_);
    while (!idle_.empty()) {
      Idle idle = std::move(idle_.back());
      idle_.pop_back();
      if (idle.file == file) return Lease(this, std::move(idle.connection), file);
      outdated.push_back(std::move(idle));
    }
  }
  CEEMS_TRY(auto connection, Connection::open(path_, Connection::Mode::kReadOnly, busy_timeout_));
  return Lease(this, std::move(connection), file);
}

void ConnectionPool::give_back(Idle idle) {
  const std::lock_guard lock(mutex_);
  if (idle_.size() < idle_limit_) idle_.push_back(std::move(idle));
}

}  // namespace ceems::store
