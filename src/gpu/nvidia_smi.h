// What nvidia-smi prints about the GPUs of a node. The text is another program's: warnings before and after,
// missing parts, or no sense at all are to be expected. Thread-safe.
//
// Source: nvidia-smi(1); its document type (nvsmi_device_v*.dtd) is named in the output and never fetched.
#pragma once

#include "base/result.h"
#include "gpu/device.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace ceems::gpu {

// The output of `nvidia-smi --query --xml-format`, devices in its order and with their indices. A device
// without a UUID is left out. kInvalid if there is no such document, or devices but none that says which it
// is.
base::Result<std::vector<Device>> parse_nvidia_smi(std::string_view text);

// Adds the UUIDs of MIG devices, which older drivers tell only in the output of `nvidia-smi -L`.
void add_mig_uuids(std::vector<Device>& devices, std::string_view list);
// Whether that is needed.
bool lacks_mig_uuids(const std::vector<Device>& devices);

// Streaming multiprocessors of a whole GPU by its product's name. nullopt for one that is not known.
std::optional<std::uint32_t> sm_count_of_product(std::string_view name);

}  // namespace ceems::gpu
