// What the exporter keeps of the privileges that it was started with.
#pragma once

#include "base/privilege.h"
#include "base/result.h"
#include "options.h"

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace ceems::exporter {

// Runs what it is given with the privileges that reading files takes; empty where none are needed.
using FileAccess = std::function<void(const std::function<void()>&)>;

// Whether the user that the process will be can read the web configuration, and the files that it names,
// again when they change. If not, `needs` gets what it takes, and the answer is how to do it. Call before the
// drop.
base::Result<FileAccess> web_file_access(const Options& options, std::vector<base::CapabilityNeed>& needs);

// Drops them, unless told not to, and logs what was kept and what is missing. Returns what is missing.
base::Result<std::vector<base::MissingCapability>> drop(const SecurityOptions& options,
                                                        const std::vector<base::CapabilityNeed>& needs);

}  // namespace ceems::exporter
