// Jobs as units, with the time that a window adds to each. Pure functions.
#pragma once

#include "manager/manager.h"
#include "manager/slurm_jobs.h"
#include "manager/slurm_tres.h"

#include <string>
#include <vector>

namespace ceems::manager {

// The units of the window among the jobs, each as it stood at the window's end:
// - the time that adds up is what a job ran inside the window, in whole seconds;
// - a job that was never reported before, because its record came late, also counts what it ran after the
//   horizon, and in full if it ended before the window;
// - one whose end came late gives back what windows counted after it: that time is negative;
// - one that was reported as ended is left out, and so is one that starts after the window.
// Runs of one id know when the one before ended and the one after started, where these are among the jobs,
// which may reach beyond the window on both sides.
// allocation: nodes, cpus, mem (bytes), gpus, billing. tags: uid, gid, partition, qos, exit_code, nodelist,
// nodelistexp (a regular expression of its nodes), workdir. cpu_mem_time is in MiB x s, or the plain time of
// a job without a memory allocation.
std::vector<Unit> slurm_units(const std::vector<SlurmJob>& jobs, const Window& window,
                              const std::vector<KnownUnit>& known, MemoryReading memory);

// Ids of the units that have not ended as far as is known and that are not among the jobs.
std::vector<std::string> vanished(const std::vector<SlurmJob>& jobs, const std::vector<KnownUnit>& known);

// Whether SLURM's jobs are what told of that unit, rather than another manager that the cluster had.
bool is_of_slurm(const KnownUnit& unit);

// What is left to report of a unit that SLURM has forgotten: it ended then, state UNKNOWN.
Unit forgotten_unit(const KnownUnit& known, TimePoint ended_at);

}  // namespace ceems::manager
