// Threads that take no signals: those are for the threads that expect them, and a new thread inherits the
// mask of the one that starts it. Thread-safe.
#pragma once

#include "base/result.h"

#include <functional>
#include <string_view>
#include <thread>

namespace ceems::base {

// Starts one; the first 15 bytes of `name` are what ps and top show. kUnavailable if the system gives none.
Result<std::thread> quiet_thread(std::string_view name, std::move_only_function<void()> body);

}  // namespace ceems::base
