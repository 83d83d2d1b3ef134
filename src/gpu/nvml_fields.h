// NVML's numbered fields: many values in one call, each with its own type and its own error.
#pragma once

#include "gpu/nvml_abi.h"
#include "gpu/nvml_faults.h"

#include <cstdint>
#include <optional>
#include <span>

namespace ceems::gpu {

// Fills `values`, whose `id` and `scope` are set. What cannot be had keeps a `result` other than kSuccess.
void read_nvml_fields(const NvmlFunctions& functions, NvmlFaults& faults, nvml::Device device,
                      std::span<nvml::FieldValue> values);

// Whatever its type; none if it was not read, is not a number or does not fit. Unsigned: not below 0 either.
std::optional<double> field_number(const nvml::FieldValue& value);
std::optional<std::uint64_t> field_unsigned(const nvml::FieldValue& value);

}  // namespace ceems::gpu
