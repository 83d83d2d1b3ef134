#include "cgroup/processes.h"

#include "base/file.h"
#include "base/text.h"
#include "cgroup/listing.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <string_view>
#include <vector>

namespace ceems::cgroup {

namespace {

constexpr std::size_t kMostDirectories = 256;
constexpr std::size_t kMostProcesses = 4096;
constexpr std::size_t kMostBytes = kMostProcesses * 8;  // a number of seven digits and its line's end

// Those of one directory. The kernel gives such a list in pieces.
Search search_list(const std::string& directory,
                   const std::function<bool(pid_t, const std::string&)>& is_it) {
  const auto fd = base::open_for_reading(base::join_path(directory, "cgroup.procs"));
  if (!fd) return Search::kNothing;
  std::array<char, 4096> buffer;
  std::size_t kept = 0;  // the start of a line
  std::size_t total = 0;
  while (total < kMostBytes && kept < buffer.size()) {
    const ssize_t n = ::read(fd->get(), buffer.data() + kept, buffer.size() - kept);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Search::kNothing;
    const std::string_view text(buffer.data(), kept + static_cast<std::size_t>(n));
    // Half a number is another number: a line counts when it has its end, or the list has.
    const std::size_t whole = n == 0 ? text.size() : text.rfind('\n') + 1;
    std::string_view rest = text.substr(0, whole);
    std::string_view line;
    while (base::next_line(rest, line)) {
      const auto pid = base::parse_u64(base::trim(line));
      if (!pid || *pid > static_cast<std::uint64_t>(std::numeric_limits<pid_t>::max())) continue;
      if (is_it(static_cast<pid_t>(*pid), directory)) return Search::kFound;
    }
    if (n == 0) return Search::kNothing;
    total += static_cast<std::size_t>(n);
    kept = text.size() - whole;
    std::memmove(buffer.data(), buffer.data() + whole, kept);
  }
  return Search::kGaveUp;
}

}  // namespace

Search find_process(const std::string& directory,
                    const std::function<bool(pid_t, const std::string&)>& is_it) {
  Listing listing;
  std::vector<std::string> waiting{directory};
  Search result = Search::kNothing;
  for (std::size_t looked_at = 0; !waiting.empty(); ++looked_at) {
    if (looked_at == kMostDirectories) return Search::kGaveUp;
    const std::string here = std::move(waiting.back());
    waiting.pop_back();
    const Search in_list = search_list(here, is_it);
    if (in_list == Search::kFound) return in_list;
    if (in_list == Search::kGaveUp) result = in_list;
    const auto entries = listing.list(here);
    if (!entries) continue;
    const auto first_new = static_cast<std::ptrdiff_t>(waiting.size());
    for (const Listing::Entry& entry : **entries)
      waiting.push_back(base::join_path(here, entry.name));
    std::sort(waiting.begin() + first_new, waiting.end(), std::greater<>());
  }
  return result;
}

bool lists_process(const std::string& directory, pid_t pid) {
  return search_list(directory, [pid](pid_t one, const std::string&) { return one == pid; }) ==
         Search::kFound;
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
