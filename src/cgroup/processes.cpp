#include "cgroup/processes.h"

#include "base/file.h"
#include "base/text.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

namespace ceems::cgroup {

namespace {

constexpr std::size_t kMostDirectories = 256;
constexpr std::size_t kMostProcesses = 4096;
constexpr std::size_t kMostBytes = kMostProcesses * 8;  // a number of seven digits and its line's end

// Those of one directory.
Search search_list(const std::string& directory, std::vector<char>& buffer,
                   const std::function<bool(pid_t, const std::string&)>& is_it) {
  const std::string path = base::join_path(directory, "cgroup.procs");
  const auto fd = base::open_for_reading(path);
  if (!fd) return Search::kNothing;
  const auto text = base::pread_file(fd->get(), buffer, path);
  if (!text) return Search::kNothing;
  std::string_view rest = *text;
  std::string_view line;
  while (base::next_line(rest, line)) {
    const auto pid = base::parse_u64(base::trim(line));
    if (!pid || *pid > static_cast<std::uint64_t>(std::numeric_limits<pid_t>::max())) continue;
    if (is_it(static_cast<pid_t>(*pid), directory)) return Search::kFound;
  }
  return text->size() < buffer.size() ? Search::kNothing : Search::kGaveUp;
}

}  // namespace

Search find_process(const std::string& directory,
                    const std::function<bool(pid_t, const std::string&)>& is_it) {
  std::vector<char> buffer(kMostBytes);
  std::vector<std::string> waiting{directory};
  Search result = Search::kNothing;
  for (std::size_t looked_at = 0; !waiting.empty(); ++looked_at) {
    if (looked_at == kMostDirectories) return Search::kGaveUp;
    const std::string here = std::move(waiting.back());
    waiting.pop_back();
    const Search in_list = search_list(here, buffer, is_it);
    if (in_list == Search::kFound) return in_list;
    if (in_list == Search::kGaveUp) result = in_list;
    const auto names = base::list_directory(here);
    if (!names) continue;
    for (auto name = names->rbegin(); name != names->rend(); ++name) {
      std::string path = base::join_path(here, *name);
      struct stat info{};
      if (::lstat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) waiting.push_back(std::move(path));
    }
  }
  return result;
}

std::optional<pid_t> first_process(const std::string& directory) {
  std::optional<pid_t> first;
  find_process(directory, [&](pid_t pid, const std::string&) {
    if (pid > 0) first = pid;
    return pid > 0;
  });
  return first;
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
