// A compute unit as long as it lives: one cgroup that a manager claimed. Plain data.
#pragma once

#include "unit/manager.h"

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace ceems::unit {

// Whether anything runs in a unit of a manager that wants to know.
struct Occupancy {
  bool occupied = false;
  pid_t witness = 0;    // the process that was seen in it; 0: one that has no number here
  std::string seen_in;  // the directory that listed it
  int empty_looks = 0;
  std::uint64_t directories = 0;  // below it, when nothing ran in it
};

struct Unit {
  std::uint64_t serial = 0;  // never used again in this process
  std::size_t manager = 0;   // place in the list of managers
  Claim claim;
  Belonging belonging;
  bool owner_known = false;  // for a manager that needs it; until then it is empty in `belonging`
  int owner_attempts = 0;    // how often it was looked for
  Occupancy occupancy;
  bool left_over = false;  // nothing runs in it, and that means that it has ended
  std::string path;        // of its cgroup, below the roots of the hierarchies, as the kernel has it
};

}  // namespace ceems::unit
