// The files that the load balancer reads.
#pragma once

#include "base/result.h"
#include "lb/settings.h"
#include "options.h"
#include "program/privileges.h"

namespace ceems::load_balancer {

// The database, the secrets of the servers behind, and the web configuration.
program::FileNeeds file_needs(const Options& options, const lb::Settings& settings);

// Whether this process can read the secrets and certificates of the servers behind. Errors name the file.
base::Status check_readable(const lb::Settings& settings);

}  // namespace ceems::load_balancer
