// Which job a cgroup belongs to that is named by something else than its job id: a slurmstepd inside knows.
//
// Only a slurmstepd is believed, never a process of the job: what those have as SLURM_JOB_ID is theirs to
// change. So the process must be root's in every way, and its program one called slurmstepd… that is root's,
// that nobody else may write to, and that gives nobody else its rights; set-uid programs, which run as root
// with an environment of the user's, are not. Where the program may not be seen, the process must be in the
// leaf step_…/slurm of cgroup v2, into which no user can move anything.
//
// A slurmstepd has the id in its environment (SLURM_JOB_ID) or, since a title is written over that, in its
// title: "slurmstepd: [42.batch]". Thread-safe.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

namespace ceems::unit {

// Whether that is how SLURM writes a job id: a number of 32 bits without zeros before it, and not 0.
bool is_slurm_job_id(std::string_view text);
// Whether that is how SLURM writes a SLUID: "s" and 13 digits of Crockford's base 32.
bool is_sluid(std::string_view text);

// The value of SLURM_JOB_ID in a text like /proc/<pid>/environ; "" without a valid one.
std::string job_id_in_environment(std::string_view environment);
// The job id in a text like /proc/<pid>/cmdline of a slurmstepd; "" for other texts.
std::string job_id_in_title(std::string_view command_line);

// The job that the process says it is of, if it can be believed. `directory` is that of its cgroup. Reads
// <procfs>/<pid>; needs CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH for most of it.
std::optional<std::string> slurm_job_of(const std::string& procfs, pid_t pid, std::string_view directory);

}  // namespace ceems::unit
