// Who is in a cgroup. Process lists cost more than all counters together: only what needs them reads them.
// Thread-safe.
#pragma once

#include "base/result.h"

#include <sys/types.h>

#include <optional>
#include <string>

namespace ceems::cgroup {

// The first process that the cgroup or, in lexical order, one of its descendants lists in cgroup.procs.
// Looks at no more than 256 directories. nullopt: there is none.
std::optional<pid_t> first_process(const std::string& directory);

// The real user id of a process, from <procfs>/<pid>/status; where there is no such file, the owner of the
// process's directory.
base::Result<uid_t> process_owner(const std::string& procfs, pid_t pid);

}  // namespace ceems::cgroup
