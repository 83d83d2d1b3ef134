// The proxy's life: start, serve until a signal, stop.
#pragma once

#include "base/result.h"
#include "options.h"

namespace ceems::redfish_proxy {

// Returns when the program was told to end; an error if it could not start.
base::Status run(const Options& options);

}  // namespace ceems::redfish_proxy
