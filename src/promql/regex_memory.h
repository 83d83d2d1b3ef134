// Patterns that were compiled not long ago, so that a dashboard's queries do not have theirs compiled with
// each refresh.
#pragma once

#include "promql/regex.h"

#include <cstddef>
#include <memory>
#include <string_view>

namespace ceems::promql {

// As Regex::compile(). Each thread remembers patterns of its own: at most 128, of small ones only, which take
// 64 KiB each and those of their states that they were in.
base::Result<std::shared_ptr<const Regex>> compile_or_recall(std::string_view pattern,
                                                             std::size_t memory_bytes);

}  // namespace ceems::promql
