// SLURM's jobs and associations from slurmrestd, with any version of its interface: the latest that it
// describes, unless the settings name one. What it asks of the site is in web: headers X-SLURM-USER-NAME and
// X-SLURM-USER-TOKEN, or a unix socket.
#pragma once

#include "manager/rest.h"
#include "manager/settings.h"
#include "manager/slurm_source.h"

namespace ceems::manager {

// `make_transport` is for tests; empty for the network.
base::Result<std::unique_ptr<SlurmSource>> make_slurm_rest(const ClusterSettings& settings,
                                                           const MakeTransport& make_transport);

}  // namespace ceems::manager
