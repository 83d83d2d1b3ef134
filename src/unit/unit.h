// A compute unit as long as it lives: one cgroup that a manager claimed. Plain data.
#pragma once

#include "unit/manager.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace ceems::unit {

struct Unit {
  std::uint64_t serial = 0;  // never used again in this process
  std::size_t manager = 0;   // place in the list of managers
  Claim claim;
  Belonging belonging;
  bool owner_known = false;  // for a manager that needs it; until then it is empty in `belonging`
  int owner_attempts = 0;    // how often it was looked for
  std::string path;          // of its cgroup, below the roots of the hierarchies, as the kernel has it
};

}  // namespace ceems::unit
