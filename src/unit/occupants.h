// Whether anything still runs in a unit, asked in each scrape: so it remembers one process that was seen
// there and only asks whether that one lives. Process lists are read when it does not; the one list that it
// was in also at every whole walk, since processes may be moved and numbers be used again. In a unit without
// processes they are read a few times, and then only when directories come or go below it. Not thread-safe.
#pragma once

#include "unit/unit.h"

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string>

namespace ceems::unit {

// Changes when a directory directly below the cgroups <root><path> comes or goes: each is a link to its
// parent.
std::uint64_t directories_below(const std::string& path, std::span<const std::string* const> roots);

class Occupants {
 public:
  // Where <procfs> is an ordinary directory, processes are those that it has.
  explicit Occupants(std::string procfs);

  // Looks at the cgroups <root><path> of the unit; true if something runs in one of them.
  bool look(Occupancy& occupancy, const std::string& path, std::span<const std::string* const> roots,
            bool everything) const;
  // Whether anything runs there, now.
  bool any(const std::string& path, std::span<const std::string* const> roots) const;

  // How often a unit without processes is looked at again without a reason.
  static constexpr int kEagerLooks = 5;

 private:
  bool search(Occupancy& occupancy, const std::string& path, std::span<const std::string* const> roots) const;
  bool lives(pid_t pid) const;

  std::string procfs_;
  bool is_real_ = false;
};

}  // namespace ceems::unit
