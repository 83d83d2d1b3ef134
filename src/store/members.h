// Who belongs to which project. For this room only; see Reader.
#pragma once

#include "base/result.h"
#include "store/model.h"
#include "store/pool.h"
#include "store/sqlite.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace ceems::store {

// The projects that list any of `users` as a member. Distinct, sorted. Every list is looked at, most by their
// text alone.
base::Result<std::vector<ProjectKey>> read_projects_of(Connection& connection,
                                                       const std::vector<std::string>& users);

// Remembers the answers for as long as nobody writes to the database, which SQLite can tell at once
// (https://www.sqlite.org/pragma.html#pragma_data_version). Thread-safe; one question at a time.
class Members {
 public:
  Members(std::string path, std::chrono::milliseconds busy_timeout)
      : path_(std::move(path)), busy_timeout_(busy_timeout) {}

  base::Result<std::vector<ProjectKey>> projects_of(const std::string& user);

 private:
  // Makes the connection one to the file that is there now, and forgets what is out of date.
  base::Status refresh();

  const std::string path_;
  const std::chrono::milliseconds busy_timeout_;
  std::mutex mutex_;  // guards what follows
  std::unique_ptr<Connection> connection_;
  ConnectionPool::FileId file_{};
  std::int64_t version_ = 0;
  std::unordered_map<std::string, std::vector<ProjectKey>> known_;
};

}  // namespace ceems::store
