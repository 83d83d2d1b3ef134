// The server's life: start, serve until a signal, stop.
#pragma once

#include "base/result.h"
#include "options.h"

namespace ceems::api_server {

// Returns when the server was told to end; an error if it could not start.
base::Status run(const Options& options);

}  // namespace ceems::api_server
