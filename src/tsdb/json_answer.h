// What all answers of the Prometheus HTTP API have in common. Internal to this room; pure.
#pragma once

#include "base/result.h"
#include "json/read.h"

#include <string_view>

namespace ceems::tsdb {

std::unexpected<base::Error> invalid_answer(std::string_view what);

// The answer as a tree in the storage of `tree`, with status "success"; `data` of it.
base::Result<const json::value*> parse_answer(std::string_view body, json::value& tree);

}  // namespace ceems::tsdb
