#include "gpu/nvml_device.h"

#include "gpu/nvml_fields.h"
#include "gpu/nvml_values.h"

#include <array>

namespace ceems::gpu {

namespace {

constexpr double kKibibyte = 1024;

std::optional<double> scaled(std::optional<double> value, double factor, double max) {
  return value ? nvml_gauge(*value * factor, max) : std::nullopt;
}

std::optional<std::uint64_t> kibibytes(std::optional<std::uint64_t> value) {
  if (!value || *value > ~std::uint64_t{0} / 1024) return std::nullopt;
  return *value * 1024;
}

}  // namespace

std::optional<std::uint32_t> NvmlDeviceReader::number(const char* what, NvmlFunctions::DeviceNumber function,
                                                      nvml::Device device) {
  std::uint32_t value = 0;
  if (!faults_.call(what, function, device, &value) || !nvml_counter32(value)) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> NvmlDeviceReader::energy_millijoules(nvml::Device device) {
  unsigned long long value = 0;
  if (!faults_.call("energy", f_.energy, device, &value)) return std::nullopt;
  return value;
}

std::optional<double> NvmlDeviceReader::clock(nvml::Device device, int which) {
  std::uint32_t value = 0;
  if (!faults_.call("clock", f_.clock, device, which, &value)) return std::nullopt;
  return nvml_gauge(value, kMaxMegahertz);
}

std::optional<double> NvmlDeviceReader::pcie(nvml::Device device, int direction) {
  std::uint32_t value = 0;
  if (!faults_.call("PCIe throughput", f_.pcie_throughput, device, direction, &value)) return std::nullopt;
  if (!nvml_counter32(value)) return std::nullopt;
  return value * kKibibyte;
}

NvmlReadings NvmlDeviceReader::readings(nvml::Device device, bool pcie_throughput) {
  NvmlReadings to;
  to.power_watts = scaled(number("power", f_.power, device), 1e-3, kMaxWatts);
  to.power_limit_watts = scaled(number("power limit", f_.power_limit, device), 1e-3, kMaxWatts);
  to.power_management_limit_watts =
      scaled(number("power limit", f_.power_management_limit, device), 1e-3, kMaxWatts);
  nvml::Utilization utilization;
  if (faults_.call("utilisation", f_.utilization, device, &utilization)) {
    to.gpu_utilization_percent = nvml_percent(utilization.gpu);
    to.memory_utilization_percent = nvml_percent(utilization.memory);
  }
  std::uint32_t percent = 0;
  std::uint32_t period_us = 0;
  if (faults_.call("encoder", f_.encoder, device, &percent, &period_us))
    to.encoder_percent = nvml_percent(percent);
  if (faults_.call("decoder", f_.decoder, device, &percent, &period_us))
    to.decoder_percent = nvml_percent(percent);
  to.sm_clock_mhz = clock(device, nvml::kClockSm);
  to.memory_clock_mhz = clock(device, nvml::kClockMemory);
  to.video_clock_mhz = clock(device, nvml::kClockVideo);
  std::uint32_t celsius = 0;
  if (faults_.call("temperature", f_.temperature, device, nvml::kTemperatureGpu, &celsius))
    to.temperature_celsius = nvml_gauge(celsius, kMaxCelsius);
  unsigned long long reasons = 0;
  if (faults_.call("clocks event reasons", f_.clocks_event_reasons, device, &reasons))
    to.clocks_event_reasons = nvml_counter(reasons);
  read_fields(device, to);
  if (pcie_throughput) {
    to.pcie_transmit_bytes_per_second = pcie(device, nvml::kPcieTransmit);
    to.pcie_receive_bytes_per_second = pcie(device, nvml::kPcieReceive);
  }
  return to;
}

void NvmlDeviceReader::read_fields(nvml::Device device, NvmlReadings& to) {
  std::array<nvml::FieldValue, 6> fields{};
  fields[0].id = nvml::kFieldPowerInstant;
  fields[1].id = nvml::kFieldMemoryTemperature;
  fields[2].id = nvml::kFieldPowerViolation;
  fields[3].id = nvml::kFieldThermalViolation;
  fields[4].id = nvml::kFieldNvlinkTransmit;
  fields[4].scope = nvml::kEveryLink;
  fields[5].id = nvml::kFieldNvlinkReceive;
  fields[5].scope = nvml::kEveryLink;
  read_nvml_fields(f_, faults_, device, fields);
  to.power_instant_watts = scaled(field_number(fields[0]), 1e-3, kMaxWatts);
  // Boards without such a sensor say 0.
  const auto memory_celsius = scaled(field_number(fields[1]), 1, kMaxCelsius);
  if (memory_celsius && *memory_celsius > 0) to.memory_temperature_celsius = memory_celsius;
  to.power_violation_nanoseconds = field_unsigned(fields[2]);
  to.thermal_violation_nanoseconds = field_unsigned(fields[3]);
  to.nvlink_transmit_bytes = kibibytes(field_unsigned(fields[4]));
  to.nvlink_receive_bytes = kibibytes(field_unsigned(fields[5]));
}

std::optional<std::uint64_t> NvmlDeviceReader::ecc(nvml::Device device, int error, int counter) {
  unsigned long long value = 0;
  if (!faults_.call("ECC errors", f_.ecc_errors, device, error, counter, &value)) return std::nullopt;
  return nvml_counter(value);
}

NvmlHealth NvmlDeviceReader::health(nvml::Device device) {
  NvmlHealth to;
  to.pcie_replays = number("PCIe replays", f_.pcie_replays, device);
  to.ecc_corrected_volatile = ecc(device, nvml::kEccCorrected, nvml::kEccVolatile);
  to.ecc_uncorrected_volatile = ecc(device, nvml::kEccUncorrected, nvml::kEccVolatile);
  to.ecc_corrected_aggregate = ecc(device, nvml::kEccCorrected, nvml::kEccAggregate);
  to.ecc_uncorrected_aggregate = ecc(device, nvml::kEccUncorrected, nvml::kEccAggregate);
  std::uint32_t corrected = 0;
  std::uint32_t uncorrected = 0;
  std::uint32_t pending = 0;
  std::uint32_t failed = 0;
  if (faults_.call("remapped rows", f_.remapped_rows, device, &corrected, &uncorrected, &pending, &failed)) {
    to.remapped_rows_corrected = nvml_counter32(corrected);
    to.remapped_rows_uncorrected = nvml_counter32(uncorrected);
    to.row_remap_pending = pending != 0;
    to.row_remap_failed = failed != 0;
  }
  std::array<nvml::FieldValue, 3> fields{};
  fields[0].id = nvml::kFieldRetiredSingleBit;
  fields[1].id = nvml::kFieldRetiredDoubleBit;
  fields[2].id = nvml::kFieldRetiredPending;
  read_nvml_fields(f_, faults_, device, fields);
  to.retired_pages_single_bit = field_unsigned(fields[0]);
  to.retired_pages_double_bit = field_unsigned(fields[1]);
  to.retired_pages_pending = field_unsigned(fields[2]);
  return to;
}

std::optional<NvmlMemory> NvmlDeviceReader::memory(nvml::Device device) {
  NvmlMemory to;
  nvml::MemoryV2 second;
  nvml::Memory first;
  if (faults_.call("memory", f_.memory_v2, device, &second)) {
    to = {.total_bytes = second.total,
          .used_bytes = second.used,
          .free_bytes = second.free,
          .reserved_bytes = nvml_counter(second.reserved)};
  } else if (faults_.call("memory", f_.memory, device, &first)) {
    to = {.total_bytes = first.total,
          .used_bytes = first.used,
          .free_bytes = first.free,
          .reserved_bytes = std::nullopt};
  } else {
    return std::nullopt;
  }
  // A GPU that shares the machine's memory reports zero or nonsense.
  if (to.total_bytes == 0 || to.total_bytes > kMaxMemoryBytes || to.used_bytes > to.total_bytes ||
      to.free_bytes > to.total_bytes)
    return std::nullopt;
  if (to.reserved_bytes && *to.reserved_bytes > to.total_bytes) to.reserved_bytes.reset();
  return to;
}

}  // namespace ceems::gpu
