// What the environment of a job's process says of the job's GPUs. It is what slurmstepd gave to the process,
// as long as the user has not changed it: nothing in it can be relied on. Thread-safe.
//
// Source: srun(1), sbatch(1), "OUTPUT ENVIRONMENT VARIABLES"; SLURM's "Generic Resource (GRES) Scheduling".
#pragma once

#include "unit/gpu_claim.h"

#include <optional>
#include <string_view>

namespace ceems::unit {

// nullopt if SLURM_JOB_ID is not exactly that: the process is none of the job's own. Of SLURM_JOB_GPUS, else
// of SLURM_STEP_GPUS, the numbers; without either, UUIDs in CUDA_VISIBLE_DEVICES, whose numbers mean
// something else in each job. SLURM_SHARDS_ON_NODE and CUDA_MPS_ACTIVE_THREAD_PERCENTAGE tell the share of
// shared GPUs.
std::optional<GpuClaim> slurm_gpu_claim(std::string_view job_id, std::string_view environment);

}  // namespace ceems::unit
