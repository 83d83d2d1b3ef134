#include "cgroup/processes.h"

#include "base/file.h"
#include "base/text.h"

#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <limits>
#include <string_view>
#include <vector>

namespace ceems::cgroup {

namespace {

constexpr std::size_t kMostDirectories = 256;

std::optional<pid_t> first_listed(const std::string& directory) {
  const std::string path = base::join_path(directory, "cgroup.procs");
  const auto fd = base::open_for_reading(path);
  if (!fd) return std::nullopt;
  std::array<char, 4096> buffer;
  const auto text = base::pread_file(fd->get(), buffer, path);
  if (!text) return std::nullopt;
  std::string_view rest = *text;
  std::string_view line;
  while (base::next_line(rest, line)) {
    // 0 stands for a process of another pid namespace.
    const auto pid = base::parse_u64(base::trim(line));
    if (pid && *pid > 0 && *pid <= static_cast<std::uint64_t>(std::numeric_limits<pid_t>::max())) {
      return static_cast<pid_t>(*pid);
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<pid_t> first_process(const std::string& directory) {
  std::vector<std::string> waiting{directory};
  for (std::size_t looked_at = 0; !waiting.empty() && looked_at < kMostDirectories; ++looked_at) {
    const std::string here = std::move(waiting.back());
    waiting.pop_back();
    if (const auto pid = first_listed(here)) return pid;
    const auto names = base::list_directory(here);
    if (!names) continue;
    for (auto name = names->rbegin(); name != names->rend(); ++name) {
      std::string path = base::join_path(here, *name);
      struct stat info{};
      if (::lstat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) waiting.push_back(std::move(path));
    }
  }
  return std::nullopt;
}

base::Result<uid_t> process_owner(const std::string& procfs, pid_t pid) {
  const std::string directory = base::join_path(procfs, fmt::format("{}", pid));
  const auto status = base::read_file(base::join_path(directory, "status"));
  if (status) {
    std::string_view rest = *status;
    std::string_view line;
    while (base::next_line(rest, line)) {
      if (!line.starts_with("Uid:")) continue;
      line.remove_prefix(4);
      std::string_view real;
      if (!base::next_word(line, real)) break;
      const auto uid = base::parse_u64(real);
      if (uid && *uid <= std::numeric_limits<uid_t>::max()) return static_cast<uid_t>(*uid);
    }
  }
  struct stat info{};
  if (::stat(directory.c_str(), &info) != 0) return base::fail_errno(errno, directory);
  return info.st_uid;
}

}  // namespace ceems::cgroup
