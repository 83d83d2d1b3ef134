// The metrics of InfiniBand ports, and the files of sysfs that they come from.
#pragma once

#include "exposition/family.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace ceems::collector::infiniband_families {

// In a port's directory.
struct CounterFile {
  std::string_view path;     // "counters/port_rcv_data"
  std::uint64_t factor = 1;  // 4 where the hardware counts words of four bytes
};

inline constexpr std::size_t kCounters = 59;
extern const std::array<CounterFile, kCounters> kCounterFiles;

// First the state, the physical state and the rate; then one for each of kCounterFiles; the last is `info`.
inline constexpr std::size_t kState = 0;
inline constexpr std::size_t kPhysicalState = 1;
inline constexpr std::size_t kRate = 2;
inline constexpr std::size_t kFirstCounter = 3;
extern const std::array<exposition::Family, kFirstCounter + kCounters + 1> kFamilies;

}  // namespace ceems::collector::infiniband_families
