// Checking rule files before they are written.
#pragma once

#include "base/result.h"
#include "rules/render.h"

namespace ceems::tool {

// Whether every expression of the file is valid PromQL; an error names the record and shows where.
base::Status check_rule_file(const rules::RenderedFile& file);

}  // namespace ceems::tool
