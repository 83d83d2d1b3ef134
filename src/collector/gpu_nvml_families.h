// The metrics of gpu.nvml: which family tells which reading, in which unit.
#pragma once

#include "exposition/family.h"
#include "gpu/nvml_snapshot.h"

#include <cstdint>
#include <optional>
#include <span>

namespace ceems::collector::gpu_nvml_families {

// A family and the member that it shows.
template <class Struct, class Value>
struct Shown {
  exposition::Family family;
  std::optional<Value> Struct::* value;
};

// Of a whole GPU, with the labels of dcgm-exporter.
std::span<const Shown<gpu::NvmlReadings, double>> reading_gauges();
std::span<const Shown<gpu::NvmlReadings, std::uint64_t>> reading_counts();
std::span<const Shown<gpu::NvmlHealth, std::uint64_t>> health_counts();
std::span<const Shown<gpu::NvmlHealth, bool>> health_flags();
// Of a whole GPU, or of each GPU instance where MIG is on.
std::span<const Shown<gpu::NvmlProfile, double>> profile_gauges();

// The bits of NvmlReadings::clocks_event_reasons by name, sorted by name.
struct ClocksEventReason {
  const char* name;
  std::uint64_t bit;
};
std::span<const ClocksEventReason> clocks_event_reasons();

extern const exposition::Family kXidErrors, kMemoryTotal, kMemoryUsed, kMemoryFree, kMemoryReserved;
extern const exposition::Family kInfo, kPresent, kSmCount, kProcesses, kProcessMemory, kXidErrorsTotal;
extern const exposition::Family kNvlinkTransmit, kNvlinkReceive, kClocksEventActive;
extern const exposition::Family kNvmlState, kNvmlInfo, kNvmlAge, kNvmlDuration, kNvmlSamples, kNvmlInits,
    kNvmlErrors;

// All of the above.
std::span<const exposition::Family> all();

}  // namespace ceems::collector::gpu_nvml_families
