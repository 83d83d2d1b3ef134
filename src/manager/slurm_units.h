// Jobs as units, with the time that a window adds to each. Pure functions.
#pragma once

#include "manager/manager.h"
#include "manager/slurm_jobs.h"
#include "manager/slurm_tres.h"

#include <string>
#include <vector>

namespace ceems::manager {

// The units of the window among the jobs, see units_of_runs().
// allocation: nodes, cpus, mem (bytes), gpus, billing. tags: uid, gid, partition, qos, exit_code, nodelist,
// nodelistexp (a regular expression of its nodes), workdir. cpu_mem_time is in MiB x s, or the plain time of
// a job without a memory allocation.
std::vector<Unit> slurm_units(const std::vector<SlurmJob>& jobs, const Window& window,
                              const std::vector<KnownUnit>& known, MemoryReading memory);

// Ids of the units that have not ended as far as is known and that are not among the jobs.
std::vector<std::string> vanished(const std::vector<SlurmJob>& jobs, const std::vector<KnownUnit>& known);

// Whether SLURM's jobs are what told of that unit, rather than another manager that the cluster had.
bool is_of_slurm(const KnownUnit& unit);

}  // namespace ceems::manager
