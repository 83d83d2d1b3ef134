// SLURM's jobs and associations from the programs sacct and sacctmgr.
#pragma once

#include "manager/settings.h"
#include "manager/slurm_source.h"

namespace ceems::manager {

// Errors: there is no sacct.
base::Result<std::unique_ptr<SlurmSource>> make_slurm_cli(const ClusterSettings& settings);

}  // namespace ceems::manager
