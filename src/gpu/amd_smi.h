// What AMD's tools print about the GPUs of a node: amd-smi, and rocm-smi before it. Each partition of a GPU
// has an entry of its own in their output; those of one GPU become one device. Thread-safe.
//
// Source: the AMD SMI and ROCm SMI documentation, "CLI tool usage".
#pragma once

#include "base/result.h"
#include "gpu/device.h"

#include <string_view>
#include <vector>

namespace ceems::gpu {

// The output of `amd-smi static -a -B -b -p --json`. kInvalid if it is not that.
base::Result<std::vector<Device>> parse_amd_smi(std::string_view text);

// The output of `rocm-smi --showproductname --showserial --showbus --showcomputepartition
// --showmemorypartition --json`.
base::Result<std::vector<Device>> parse_rocm_smi(std::string_view text);

}  // namespace ceems::gpu
