// The same question about many things, several at a time. For this room only.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <functional>

namespace ceems::manager {

// Calls `ask` with 0 … count - 1, each once, from up to `threads` threads, and returns when all have
// returned. After an error no new call begins; one of the errors is returned. `ask` must be thread-safe.
base::Status ask_all(std::size_t count, std::size_t threads,
                     const std::function<base::Status(std::size_t)>& ask);

}  // namespace ceems::manager
