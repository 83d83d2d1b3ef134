// The files that the load balancer reads.
#pragma once

#include "lb/settings.h"
#include "options.h"
#include "program/privileges.h"

namespace ceems::load_balancer {

// The database, the secrets of the servers behind, and the web configuration.
program::FileNeeds file_needs(const Options& options, const lb::Settings& settings);

}  // namespace ceems::load_balancer
