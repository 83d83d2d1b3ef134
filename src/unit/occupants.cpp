#include "unit/occupants.h"

#include "base/file.h"
#include "cgroup/processes.h"

#include <limits.h>
#include <linux/magic.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <utility>

namespace ceems::unit {

std::uint64_t directories_below(const std::string& path, std::span<const std::string* const> roots) {
  std::uint64_t links = 0;
  for (const std::string* root : roots) {
    // On the stack: this is asked of many units in each scrape.
    std::array<char, PATH_MAX> name;
    if (root->size() + path.size() >= name.size()) continue;
    *std::ranges::copy(path, std::ranges::copy(*root, name.begin()).out).out = '\0';
    struct stat info{};
    if (::stat(name.data(), &info) == 0) links += info.st_nlink;
  }
  return links;
}

Occupants::Occupants(std::string procfs) : procfs_(std::move(procfs)) {
  struct statfs info{};
  is_real_ = ::statfs(procfs_.c_str(), &info) == 0 && info.f_type == PROC_SUPER_MAGIC;
}

bool Occupants::lives(pid_t pid) const {
  // Cheaper than looking into procfs, and hidepid does not matter. Not being allowed to is a sign of life.
  if (is_real_) return ::kill(pid, 0) == 0 || errno != ESRCH;
  return base::exists(base::join_path(procfs_, fmt::format("{}", pid)));
}

bool Occupants::search(Occupancy& occupancy, const std::string& path,
                       std::span<const std::string* const> roots) const {
  for (const std::string* root : roots) {
    const auto is_one = [&](pid_t pid, const std::string& directory) {
      if (pid != 0 && !lives(pid)) return false;
      occupancy.witness = pid;
      occupancy.seen_in = directory;
      return true;
    };
    const cgroup::Search found = cgroup::find_process(*root + path, is_one);
    if (found == cgroup::Search::kFound) return true;
    if (found == cgroup::Search::kNothing) continue;
    occupancy.witness = 0;
    return true;
  }
  return false;
}

bool Occupants::any(const std::string& path, std::span<const std::string* const> roots) const {
  Occupancy unused;
  return search(unused, path, roots);
}

bool Occupants::look(Occupancy& occupancy, const std::string& path, std::span<const std::string* const> roots,
                     bool everything) const {
  if (occupancy.occupied) {
    const pid_t witness = occupancy.witness;
    if (witness == 0 && !everything) return true;
    if (witness != 0 && lives(witness) &&
        (!everything || cgroup::lists_process(occupancy.seen_in, witness))) {
      return true;
    }
  }
  if (!occupancy.occupied && occupancy.empty_looks > 0) {
    const std::uint64_t directories = directories_below(path, roots);
    if (directories != occupancy.directories) {
      occupancy.empty_looks = 0;
    } else if (occupancy.empty_looks >= kEagerLooks && !everything) {
      return false;
    }
  }
  // Before the search: what comes in the meantime is then news at the next look.
  occupancy.directories = directories_below(path, roots);
  occupancy.occupied = search(occupancy, path, roots);
  occupancy.empty_looks = occupancy.occupied ? 0 : occupancy.empty_looks + 1;
  return occupancy.occupied;
}

}  // namespace ceems::unit
