#include "cgroup/watcher.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

namespace ceems::cgroup {

base::Result<int> Watcher::watch(const std::string& path) {
  if (!inotify_) {
    inotify_ = base::Fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    if (!inotify_) return base::fail(base::ErrorCode::kTooLarge, path, "no inotify instance can be had");
  }
  constexpr std::uint32_t kMask =
      IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR | IN_EXCL_UNLINK;
  const int watch = ::inotify_add_watch(inotify_.get(), path.c_str(), kMask);
  if (watch >= 0) return watch;
  if (errno == ENOSPC || errno == ENOMEM) {
    return base::fail(base::ErrorCode::kTooLarge, path, "the limit of inotify watches is reached");
  }
  return base::fail_errno(errno, path);
}

void Watcher::unwatch(int watch) {
  // Fails if the directory has gone, which ends its watch as well.
  if (inotify_) ::inotify_rm_watch(inotify_.get(), watch);
}

bool Watcher::drain(const std::function<void(const Event&)>& on_event) {
  if (!inotify_) return true;
  bool complete = true;
  alignas(inotify_event) std::array<char, 16384> buffer;
  while (true) {
    const ssize_t n = ::read(inotify_.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return complete && (n == 0 || errno == EAGAIN);
    const auto length = static_cast<std::size_t>(n);
    for (std::size_t at = 0; at + sizeof(inotify_event) <= length;) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof(event));
      const char* name = buffer.data() + at + sizeof(event);
      at += sizeof(event) + event.len;
      if ((event.mask & IN_Q_OVERFLOW) != 0) {
        complete = false;
      } else if ((event.mask & (IN_IGNORED | IN_UNMOUNT)) != 0) {
        on_event(Event{.watch = event.wd, .name = {}, .gone = true});
      } else if ((event.mask & IN_ISDIR) != 0 && event.len > 0) {
        on_event(Event{.watch = event.wd,
                       .name = std::string_view(name, ::strnlen(name, event.len)),
                       .gone = (event.mask & (IN_DELETE | IN_MOVED_FROM)) != 0});
      }
    }
  }
}

}  // namespace ceems::cgroup
