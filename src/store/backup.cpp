#include "store/backup.h"

#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "store/sqlite.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <vector>

namespace ceems::store {

namespace {

constexpr mode_t kFileMode = 0640;
constexpr mode_t kDirectoryMode = 0750;
constexpr std::chrono::milliseconds kBusyTimeout{5'000};
constexpr std::string_view kPrefix = "ceems-";
constexpr std::string_view kSuffix = ".db";
constexpr std::size_t kStampDigits = 12;

// Removed unless kept.
class PartialFile {
 public:
  explicit PartialFile(std::string path) : path_(std::move(path)) { ::unlink(path_.c_str()); }
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;
  ~PartialFile() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }

  // SQLite fills an empty file; made here, it has the right mode from the start.
  base::Status create() {
    const base::Fd fd(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kFileMode));
    if (!fd) return base::fail_errno(errno, path_);
    return {};
  }

  base::Status publish_as(const std::string& path) {
    const base::Fd fd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd || ::fsync(fd.get()) != 0 || ::rename(path_.c_str(), path.c_str()) != 0)
      return base::fail_errno(errno, path_);
    path_.clear();
    const base::Fd directory(::open(base::parent_path(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory) ::fsync(directory.get());
    return {};
  }

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// YYYYMMDDHHMM
std::string stamp(const TimeZone& time_zone, std::int64_t now_ms) {
  std::string digits;
  for (const char c : time_zone.local(now_ms))
    if (c >= '0' && c <= '9') digits += c;
  return digits.substr(0, kStampDigits);
}

bool is_backup(std::string_view name) {
  return name.size() == kPrefix.size() + kStampDigits + kSuffix.size() && name.starts_with(kPrefix) &&
         name.ends_with(kSuffix) &&
         name.substr(kPrefix.size(), kStampDigits).find_first_not_of("0123456789") == std::string_view::npos;
}

base::Status check(const std::string& path) {
  CEEMS_TRY(auto copy, Connection::open(path, Connection::Mode::kReadOnly, kBusyTimeout));
  CEEMS_TRY(const std::string verdict, copy->text_of("pragma integrity_check(1)"));
  if (verdict != "ok")
    return base::fail(base::ErrorCode::kInternal, path, "the copy is damaged: {}", verdict);
  return {};
}

void remove_old(const std::string& directory, std::size_t keep) {
  const auto names = base::list_directory(directory);
  if (!names || keep == 0) return;
  std::vector<std::string> backups;
  for (const std::string& name : *names)
    if (is_backup(name)) backups.push_back(name);
  for (std::size_t i = 0; i + keep < backups.size(); ++i)
    if (::unlink(base::join_path(directory, backups[i]).c_str()) != 0)
      base::Logger().warn("cannot remove an old backup", {{"file", backups[i]}});
}

}  // namespace

base::Result<std::string> back_up(const BackupOptions& options, std::int64_t now_ms,
                                  const std::stop_token& stop) {
  CEEMS_TRY_VOID(base::make_directories(options.directory, kDirectoryMode));
  const std::string name = std::string(kPrefix) + stamp(options.time_zone, now_ms) + std::string(kSuffix);
  const std::string path = base::join_path(options.directory, name);
  PartialFile partial(path + ".partial");
  CEEMS_TRY_VOID(partial.create());
  {
    CEEMS_TRY(auto source, Connection::open(options.database, Connection::Mode::kReadOnly, kBusyTimeout));
    const std::stop_callback interrupt(stop, [&source] { source->interrupt(); });
    CEEMS_TRY(Statement copy, source->prepare("vacuum into ?"));
    copy.bind(1, partial.path());
    CEEMS_TRY_VOID(copy.run());
  }
  CEEMS_TRY_VOID(check(partial.path()));
  if (stop.stop_requested()) return base::fail(base::ErrorCode::kCancelled, path, "stopped");
  CEEMS_TRY_VOID(partial.publish_as(path));
  remove_old(options.directory, options.keep);
  return path;
}

std::optional<std::int64_t> newest_backup(const BackupOptions& options) {
  std::optional<std::int64_t> newest_ms;
  const auto names = base::list_directory(options.directory);
  if (!names) return newest_ms;
  for (const std::string& name : *names) {
    struct stat status{};
    if (!is_backup(name) || ::stat(base::join_path(options.directory, name).c_str(), &status) != 0) continue;
    const std::int64_t made_ms = std::int64_t{status.st_mtim.tv_sec} * 1'000;
    newest_ms = std::max(newest_ms.value_or(made_ms), made_ms);
  }
  return newest_ms;
}

}  // namespace ceems::store
