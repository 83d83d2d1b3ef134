#include "unit/directory_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

namespace ceems::unit {

namespace {

constexpr std::uint32_t kEvents =
    IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
// Of one drain; what is left comes in the next.
constexpr int kMostReads = 16;

}  // namespace

DirectoryWatch::DirectoryWatch(std::vector<std::string> directories) {
  for (std::string& path : directories)
    directories_.push_back({.path = std::move(path), .watch = -1});
}

void DirectoryWatch::watch_missing() {
  if (!inotify_) inotify_ = base::Fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!inotify_) return;  // none to be had: then a look from time to time must do
  for (Directory& directory : directories_) {
    if (directory.watch < 0)
      directory.watch = ::inotify_add_watch(inotify_.get(), directory.path.c_str(), kEvents);
  }
}

bool DirectoryWatch::drain(const std::function<void(std::string_view name)>& on_file) {
  if (!inotify_) return true;
  bool whole = true;
  alignas(inotify_event) std::array<char, 4096> buffer;
  for (int reads = 0; reads < kMostReads; ++reads) {
    const ssize_t n = ::read(inotify_.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    std::size_t at = 0;
    while (at + sizeof(inotify_event) <= static_cast<std::size_t>(n)) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const char* const name = buffer.data() + at + sizeof event;
      at += sizeof event + event.len;
      if ((event.mask & (IN_Q_OVERFLOW | IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF)) != 0) {
        whole = false;
        const auto ended = std::ranges::find(directories_, event.wd, &Directory::watch);
        if (ended == directories_.end()) continue;
        // One that was moved is watched where it is now, which is not where files are looked for.
        if ((event.mask & IN_MOVE_SELF) != 0) ::inotify_rm_watch(inotify_.get(), event.wd);
        ended->watch = -1;
      } else if (event.len > 0) {
        on_file(std::string_view(name, ::strnlen(name, event.len)));
      }
    }
  }
  return whole;
}

}  // namespace ceems::unit
