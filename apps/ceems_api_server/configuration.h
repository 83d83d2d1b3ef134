// The configuration file, read and checked, and what the rooms make of it together with the command line.
#pragma once

#include "api/routes.h"
#include "api/settings.h"
#include "base/result.h"
#include "options.h"
#include "update/settings.h"

#include <string>
#include <vector>

namespace ceems::api_server {

struct Configuration {
  update::Settings update;
  api::AdminSettings admin;
  std::vector<std::string> warnings;  // "file:line: key: unknown key"
};

// Errors are "file:line: key: what".
base::Result<Configuration> load_configuration(const Options& options);

// Without what only a running server has: metrics and counting.
base::Result<api::Options> api_options(const Options& options, const Configuration& configuration);

// Says on stderr what is wrong with the files and flags; returns the exit status.
int check(const Options& options);

}  // namespace ceems::api_server
