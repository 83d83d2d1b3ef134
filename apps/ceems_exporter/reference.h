// The metrics of this program as a section of its reference, made from what the code declares.
#pragma once

#include "base/result.h"

#include <string>

namespace ceems::exporter {

// Tables in Markdown, by collector. kInvalid if declarations of metrics contradict each other.
base::Result<std::string> describe_metrics();

}  // namespace ceems::exporter
