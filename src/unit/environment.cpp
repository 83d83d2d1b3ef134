#include "unit/environment.h"

#include "base/file.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace ceems::unit {

base::Result<std::string> read_environment(const std::string& procfs, pid_t pid) {
  const std::string path = base::join_path(procfs, fmt::format("{}/environ", pid));
  CEEMS_TRY(const base::Fd fd, base::open_for_reading(path));
  constexpr std::size_t kFirst = 16 * 1024;
  std::string text;
  std::size_t length = 0;
  while (length < kMostEnvironment) {
    if (length == text.size()) text.resize(std::min(std::max(kFirst, 2 * length), kMostEnvironment));
    const ssize_t n = ::read(fd.get(), text.data() + length, text.size() - length);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return base::fail_errno(errno, path);
    if (n == 0) break;
    length += static_cast<std::size_t>(n);
  }
  text.resize(length);
  if (length == kMostEnvironment) text.resize(text.rfind('\0') + 1);
  return text;
}

std::optional<std::string_view> variable(std::string_view environment, std::string_view name) {
  while (!environment.empty()) {
    const std::size_t end = std::min(environment.find('\0'), environment.size());
    const std::string_view entry = environment.substr(0, end);
    environment.remove_prefix(std::min(end + 1, environment.size()));
    if (entry.size() > name.size() && entry[name.size()] == '=' && entry.starts_with(name)) {
      return entry.substr(name.size() + 1);
    }
  }
  return std::nullopt;
}

}  // namespace ceems::unit
