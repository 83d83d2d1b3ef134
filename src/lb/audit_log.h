// A file to which lines are appended. Each line is written in one piece; a file that was moved away is made
// anew within a second, so that logrotate(8) needs no signal. Thread-safe.
#pragma once

#include "base/fd.h"
#include "base/result.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

namespace ceems::lb {

class AuditLog {
 public:
  // Made with mode 0640. Errors name the path.
  static base::Result<std::unique_ptr<AuditLog>> open(const std::string& path);

  // A line that cannot be written is reported in the log, once until one can be again.
  void append(const std::string& line);

 private:
  explicit AuditLog(std::string path) : path_(std::move(path)) {}
  base::Status reopen();

  const std::string path_;
  std::mutex mutex_;  // guards what follows
  base::Fd file_;
  std::uint64_t device_ = 0;
  std::uint64_t inode_ = 0;
  std::chrono::steady_clock::time_point looked_{};
  bool failing_ = false;
};

}  // namespace ceems::lb
