// Who is in a cgroup. Process lists cost more than all counters together: only what needs them reads them.
// Thread-safe.
#pragma once

#include "base/result.h"

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace ceems::cgroup {

enum class Search : std::uint8_t { kFound, kNothing, kGaveUp };

// Calls `is_it` for the processes that the cgroup and, in lexical order, its descendants list in
// cgroup.procs, until it says yes. 0 is a process that this pid namespace does not have. Looks at no more
// than 256 directories, and at 4096 processes of each: with more, and no answer, it gives up.
Search find_process(const std::string& directory,
                    const std::function<bool(pid_t pid, const std::string& in_directory)>& is_it);

// Whether that cgroup itself, not a descendant, lists the process.
bool lists_process(const std::string& directory, pid_t pid);

// The first process of the cgroup or its descendants that has a number here. nullopt: there is none.
std::optional<pid_t> first_process(const std::string& directory);

// The real user id of a process, from <procfs>/<pid>/status; where there is no such file, the owner of the
// process's directory.
base::Result<uid_t> process_owner(const std::string& procfs, pid_t pid);

}  // namespace ceems::cgroup
