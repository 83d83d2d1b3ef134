// What a job was allocated, as sacct prints it:
// "billing=8,cpu=8,gres/gpu:a100=2,gres/gpu=2,mem=15.5G,node=1". Pure functions. Source: sacct(1) AllocTRES,
// slurm.conf(5) AccountingStorageTRES.
#pragma once

#include <cstdint>
#include <string_view>

namespace ceems::manager {

struct Tres {
  std::int64_t nodes = 0;
  std::int64_t cpus = 0;
  std::int64_t memory_bytes = 0;
  std::int64_t gpus = 0;  // gres/gpu, else the sum of gres/gpu:<type>
  std::int64_t billing = 0;
};

enum class MemoryReading {
  kWhole,  // the fraction is cut off before the suffix counts: 1.9G is 1 GiB
  kExact,
};

// Elements that are not understood count as absent.
Tres parse_tres(std::string_view text, MemoryReading memory);

// Bytes of "500M"; K, M, G, T and P are powers of 1024, and a number without a suffix counts MiB. 0 for
// anything else.
std::int64_t parse_slurm_memory(std::string_view text, MemoryReading memory);

}  // namespace ceems::manager
