// How often memory was asked for with operator new, in a program that calls this: linking it replaces the
// global operators by counting ones. Thread-safe.
#pragma once

#include <cstdint>

namespace ceems::base {

std::uint64_t allocation_count();

}  // namespace ceems::base
