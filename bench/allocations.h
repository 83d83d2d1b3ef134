// How often this program has asked for memory: malloc and its kin, by whatever library, are counted.
#pragma once

#include <cstdint>

namespace ceems::bench {

std::uint64_t allocations();

}  // namespace ceems::bench
