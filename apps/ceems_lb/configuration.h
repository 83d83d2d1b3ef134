// The configuration file, read and checked.
#pragma once

#include "base/result.h"
#include "lb/settings.h"
#include "options.h"

#include <string>
#include <vector>

namespace ceems::load_balancer {

struct Configuration {
  lb::Settings settings;
  std::vector<std::string> warnings;  // "file:line: key: unknown key"
};

// Errors are "file:line: key: what".
base::Result<Configuration> load_configuration(const Options& options);

// Says on stderr what is wrong with the files and flags; returns the exit status.
int check(const Options& options);

}  // namespace ceems::load_balancer
