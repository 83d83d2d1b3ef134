// Making the collectors that the command line asks for.
#pragma once

#include "base/privilege.h"
#include "base/result.h"
#include "collector/collector.h"
#include "options.h"

#include <memory>
#include <vector>

namespace ceems::exporter {

// In order of their running. An error names the flag or the line of the configuration file.
base::Result<std::vector<std::unique_ptr<collector::Collector>>> make_collectors(const Options& options);

// What they need after privileges are dropped.
std::vector<base::CapabilityNeed> capability_needs(
    const std::vector<std::unique_ptr<collector::Collector>>& collectors);

// Whether one of them may have to run a program by sudo.
bool may_use_sudo(const Options& options);

}  // namespace ceems::exporter
