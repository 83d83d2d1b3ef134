// Read-only connections, lent one at a time. One whose file was replaced by another is not lent again.
// Thread-safe. For this room only.
#pragma once

#include "base/result.h"
#include "store/sqlite.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace ceems::store {

class ConnectionPool {
 public:
  // Which file a path named.
  struct FileId {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    friend bool operator==(const FileId&, const FileId&) = default;
  };

  // Gives its connection back when it goes out of scope.
  class Lease {
   public:
    Lease(ConnectionPool* pool, std::unique_ptr<Connection> connection, FileId file)
        : pool_(pool), connection_(std::move(connection)), file_(file) {}
    Lease(Lease&&) = default;
    Lease& operator=(Lease&&) = delete;
    Lease(const Lease&) = delete;
    ~Lease() {
      if (connection_) pool_->give_back({std::move(connection_), file_});
    }
    Connection& operator*() const { return *connection_; }
    Connection* operator->() const { return connection_.get(); }

   private:
    ConnectionPool* pool_;
    std::unique_ptr<Connection> connection_;
    FileId file_;
  };

  // The file that is there now; all zero where there is none.
  static FileId identify(const std::string& path);

  ConnectionPool(std::string path, std::chrono::milliseconds busy_timeout, std::size_t idle_limit)
      : path_(std::move(path)), busy_timeout_(busy_timeout), idle_limit_(idle_limit) {}

  base::Result<Lease> borrow();

 private:
  struct Idle {
    std::unique_ptr<Connection> connection;
    FileId file;
  };

  void give_back(Idle idle);

  std::string path_;
  std::chrono::milliseconds busy_timeout_;
  std::size_t idle_limit_;
  std::mutex mutex_;
  std::vector<Idle> idle_;  // guarded by mutex_
};

}  // namespace ceems::store
