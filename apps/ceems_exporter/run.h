// The exporter's life: from the parsed command line to the end.
#pragma once

#include "base/result.h"
#include "options.h"

namespace ceems::exporter {

// Reads all configuration files as run() would; prints the verdict. The exit status.
int check(const Options& options);

// Serves until SIGINT or SIGTERM. An error is why it could not start.
base::Status run(Options options);

}  // namespace ceems::exporter
