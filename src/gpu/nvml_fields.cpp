#include "gpu/nvml_fields.h"

#include "gpu/nvml_values.h"

#include <bit>
#include <cmath>
#include <utility>

namespace ceems::gpu {

void read_nvml_fields(const NvmlFunctions& functions, NvmlFaults& faults, nvml::Device device,
                      std::span<nvml::FieldValue> values) {
  for (nvml::FieldValue& value : values)
    value.result = NvmlReturn::kNoData;
  if (!faults.call("fields", functions.field_values, device, static_cast<int>(values.size()),
                   values.data())) {
    for (nvml::FieldValue& value : values)
      value.result = NvmlReturn::kNoData;
    return;
  }
  for (const nvml::FieldValue& value : values)
    faults.accept(value.result, "field");
}

std::optional<std::uint64_t> field_unsigned(const nvml::FieldValue& value) {
  if (value.result != NvmlReturn::kSuccess) return std::nullopt;
  switch (value.type) {
    case nvml::ValueType::kUint:
      return nvml_counter32(static_cast<std::uint32_t>(value.bits));
    case nvml::ValueType::kUlong:
    case nvml::ValueType::kUlongLong:
      return nvml_counter(value.bits);
    case nvml::ValueType::kUshort:
      return value.bits & 0xFFFF;
    case nvml::ValueType::kSlongLong:
      if (std::bit_cast<std::int64_t>(value.bits) < 0) return std::nullopt;
      return value.bits;
    case nvml::ValueType::kSint:
      if (static_cast<std::int32_t>(value.bits) < 0) return std::nullopt;
      return value.bits & 0xFFFF'FFFF;
    case nvml::ValueType::kDouble: {
      const double number = std::bit_cast<double>(value.bits);
      // Beyond 2^53 a double is no exact count.
      if (!std::isfinite(number) || number < 0 || number > 9'007'199'254'740'992.0) return std::nullopt;
      return static_cast<std::uint64_t>(number);
    }
  }
  return std::nullopt;
}

std::optional<double> field_number(const nvml::FieldValue& value) {
  if (value.result != NvmlReturn::kSuccess) return std::nullopt;
  if (value.type == nvml::ValueType::kDouble) {
    const double number = std::bit_cast<double>(value.bits);
    return std::isfinite(number) ? std::optional(number) : std::nullopt;
  }
  if (value.type == nvml::ValueType::kSint) return static_cast<std::int32_t>(value.bits);
  if (value.type == nvml::ValueType::kSlongLong)
    return static_cast<double>(std::bit_cast<std::int64_t>(value.bits));
  const auto number = field_unsigned(value);
  return number ? std::optional(static_cast<double>(*number)) : std::nullopt;
}

}  // namespace ceems::gpu
