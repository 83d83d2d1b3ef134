// What the API server needs beyond what an ordinary user has.
#pragma once

#include "base/result.h"
#include "configuration.h"
#include "options.h"
#include "program/privileges.h"

namespace ceems::api_server {

// As root: creates the directories of the data, and lets the user that the server will be at them, at the
// files in them and at the secrets of the configuration. Call before threads start.
base::Result<program::Privileges> prepare_privileges(const Options& options,
                                                     const Configuration& configuration);

// Drops them; keeps what running SLURM's programs as root takes if a cluster is SLURM's. Call before threads
// start.
base::Status drop(const Configuration& configuration, program::Privileges& privileges);

}  // namespace ceems::api_server
