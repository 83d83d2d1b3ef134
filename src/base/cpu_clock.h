// Processor time, as the kernel accounts it. Thread-safe.
#pragma once

#include <chrono>

namespace ceems::base {

// What the calling thread has used since it started.
std::chrono::nanoseconds thread_cpu_time();

}  // namespace ceems::base
