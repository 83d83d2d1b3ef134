#include "lb/audit_log.h"

#include "base/log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace ceems::lb {

namespace {

constexpr mode_t kMode = 0640;
constexpr std::chrono::seconds kLookInterval{1};

}  // namespace

base::Result<std::unique_ptr<AuditLog>> AuditLog::open(const std::string& path) {
  std::unique_ptr<AuditLog> log(new AuditLog(path));
  CEEMS_TRY_VOID(log->reopen());
  return log;
}

base::Status AuditLog::reopen() {
  base::Fd file(::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, kMode));
  struct stat status{};
  if (!file || ::fstat(file.get(), &status) != 0) return base::fail_errno(errno, path_);
  file_ = std::move(file);
  device_ = status.st_dev;
  inode_ = status.st_ino;
  return {};
}

void AuditLog::append(const std::string& line) {
  const std::scoped_lock lock(mutex_);
  base::Status done;
  if (const auto now = std::chrono::steady_clock::now(); now - looked_ >= kLookInterval) {
    looked_ = now;
    struct stat status{};
    if (::stat(path_.c_str(), &status) != 0 || status.st_dev != device_ || status.st_ino != inode_)
      done = reopen();
  }
  if (done) {
    const ssize_t written = ::write(file_.get(), line.data(), line.size());
    if (written < 0) {
      done = base::fail_errno(errno, path_);
    } else if (static_cast<std::size_t>(written) != line.size()) {
      done = base::fail(base::ErrorCode::kUnavailable, path_, "only a part of a line could be written");
    }
  }
  if (!done && !failing_)
    base::Logger().error("decisions are missing in the audit log", {{"err", done.error()}});
  failing_ = !done;
}

}  // namespace ceems::lb
