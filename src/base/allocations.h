// How often memory was asked for with operator new, in a program that calls this: linking it replaces the
// global operators by counting ones. Thread-safe.
#pragma once

#include <cstdint>
#include <optional>

namespace ceems::base {

// nullopt in builds with a sanitizer, which brings operators of its own.
std::optional<std::uint64_t> allocation_count();

}  // namespace ceems::base
