// The processes of compute units that somebody may want to look into: profilers. Thread-safe.
//
// What batch systems run of their own in a job is left out: slurmstepd, its script's shell and its sleepers,
// the wrappers of LSF and OpenPBS. Who has to opt in does it by a variable in the environment, by its full
// name; the values 0, false, no and off (in any case) opt out. All of it is the users' own text: it says what
// they like.
#pragma once

#include "unit/inventory.h"

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace ceems::unit {

struct ProcessChoice {
  // Names of variables, one of which a process must have; empty: all processes.
  std::vector<std::string> variables;
  // Without variables, also what batch systems run.
  bool compat = false;
};

struct UnitProcess {
  const Unit* unit = nullptr;
  pid_t pid = 0;
};

// By the paths of units, and within one as a walk over its cgroups meets them; each once. Reads, with
// variables, one environment of each process: with CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH, if the process has
// them. Bounded: of one unit those of 256 cgroups.
std::vector<UnitProcess> processes_of(const Inventory& inventory, const std::string& procfs,
                                      const ProcessChoice& choice);

// Whether that is a command of the batch system itself; `command` is a text like /proc/<pid>/cmdline.
bool is_of_manager(std::string_view manager, std::string_view command);
// Whether an environment opts in by one of these variables.
bool opts_in(std::string_view environment, const std::vector<std::string>& variables);

}  // namespace ceems::unit
