// The configuration file, read and checked.
#pragma once

#include "base/result.h"
#include "bmcproxy/settings.h"
#include "options.h"
#include "program/privileges.h"

namespace ceems::redfish_proxy {

// Errors are "file:line: key: what".
base::Result<bmcproxy::Settings> load_configuration(const Options& options);

// The secrets and certificates for the BMCs, and the files that are read again.
program::FileNeeds file_needs(const Options& options, const bmcproxy::Settings& settings);

// Says on stderr what is wrong with the files and flags; returns the exit status.
int check(const Options& options);

}  // namespace ceems::redfish_proxy
