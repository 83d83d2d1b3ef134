// What LSF's bjobs says of the jobs that run on a host. Pure functions over text that may be anything; errors
// are kInvalid. Thread-safe.
//
// Source: IBM Spectrum LSF, bjobs -json -o "jobid jobindex alloc_slot nalloc_slot gpu_alloc".
#pragma once

#include "base/result.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::unit {

struct LsfJob {
  std::uint64_t slots = 0;  // on this host; 0: not known
  // Minor numbers of the GPUs on this host, each once; nullopt where the job has parts of GPUs, of which only
  // their sizes are told.
  std::optional<std::vector<std::uint32_t>> gpus = std::vector<std::uint32_t>();
  bool operator==(const LsfJob&) const = default;
};

// By id: "77", "77[3]" for one of an array. `hostnames` are those that this host may have there.
base::Result<std::map<std::string, LsfJob>> parse_lsf_jobs(std::string_view text,
                                                           const std::vector<std::string>& hostnames);

}  // namespace ceems::unit
