#include "gpu/nvml_gpm.h"

#include "gpu/nvml_values.h"

#include <array>
#include <utility>

namespace ceems::gpu {

namespace {

// What NVML reports rates in.
constexpr double kMebibyte = 1024.0 * 1024.0;
constexpr double kMaxBytesPerSecond = 1e14;

struct Share {
  std::uint32_t id;  // nvmlGpmMetricId_t; in percent
  std::optional<double> NvmlProfile::* target;
};

constexpr std::array kShares{
    Share{1, &NvmlProfile::graphics_engine_active}, Share{2, &NvmlProfile::sm_active},
    Share{3, &NvmlProfile::sm_occupancy},           Share{4, &NvmlProfile::integer_active},
    Share{5, &NvmlProfile::tensor_active},          Share{6, &NvmlProfile::tensor_dfma_active},
    Share{7, &NvmlProfile::tensor_hmma_active},     Share{9, &NvmlProfile::tensor_imma_active},
    Share{10, &NvmlProfile::dram_active},           Share{11, &NvmlProfile::fp64_active},
    Share{12, &NvmlProfile::fp32_active},           Share{13, &NvmlProfile::fp16_active},
};

// In MiB/s.
constexpr std::array kRates{
    Share{20, &NvmlProfile::pcie_transmit_bytes_per_second},
    Share{21, &NvmlProfile::pcie_receive_bytes_per_second},
    Share{60, &NvmlProfile::nvlink_receive_bytes_per_second},
    Share{61, &NvmlProfile::nvlink_transmit_bytes_per_second},
};

}  // namespace

bool nvml_gpm_supported(const NvmlFunctions& functions, NvmlFaults& faults, nvml::Device gpu) {
  nvml::GpmSupport support;
  return functions.gpm_sample_alloc != nullptr && functions.gpm_sample_free != nullptr &&
         functions.gpm_sample != nullptr && functions.gpm_metrics != nullptr &&
         faults.call("GPM support", functions.gpm_support, gpu, &support) && support.supported != 0;
}

NvmlGpm::NvmlGpm(const NvmlFunctions& functions, NvmlFaults& faults, nvml::Device gpu,
                 std::optional<std::uint32_t> gpu_instance_id)
    : f_(functions),
      faults_(faults),
      gpu_(gpu),
      gpu_instance_id_(gpu_instance_id),
      metrics_(std::make_unique<nvml::GpmMetrics>()) {
  if (!faults_.call("GPM", f_.gpm_sample_alloc, &before_)) before_ = nullptr;
  if (!faults_.call("GPM", f_.gpm_sample_alloc, &now_)) now_ = nullptr;
}

NvmlGpm::~NvmlGpm() {
  if (before_ != nullptr) f_.gpm_sample_free(before_);
  if (now_ != nullptr) f_.gpm_sample_free(now_);
}

bool NvmlGpm::sample(nvml::GpmSample into) {
  if (gpu_instance_id_) return faults_.call("GPM", f_.gpm_mig_sample, gpu_, *gpu_instance_id_, into);
  return faults_.call("GPM", f_.gpm_sample, gpu_, into);
}

NvmlProfile NvmlGpm::read() {
  NvmlProfile profile;
  if (before_ == nullptr || now_ == nullptr) return profile;
  const bool sampled = sample(now_);
  if (sampled && has_before_) profile = compare();
  if (sampled) std::swap(before_, now_);
  has_before_ = sampled;
  return profile;
}

NvmlProfile NvmlGpm::compare() {
  NvmlProfile profile;
  nvml::GpmMetrics& m = *metrics_;
  m.version = 1;
  m.first = before_;
  m.second = now_;
  m.count = 0;
  const auto ask = [&m](std::uint32_t id) { m.metrics[m.count++] = {.id = id}; };
  for (const Share& share : kShares)
    ask(share.id);
  for (const Share& rate : kRates)
    ask(rate.id);
  if (!faults_.call("GPM", f_.gpm_metrics, &m)) return profile;
  std::size_t next = 0;
  const auto told = [&]() -> std::optional<double> {
    const nvml::GpmMetric& metric = m.metrics[next++];
    return metric.result == NvmlReturn::kSuccess ? std::optional(metric.value) : std::nullopt;
  };
  for (const Share& share : kShares) {
    if (const auto percent = told()) profile.*share.target = nvml_share(*percent);
  }
  for (const Share& rate : kRates) {
    if (const auto mebibytes = told())
      profile.*rate.target = nvml_gauge(*mebibytes * kMebibyte, kMaxBytesPerSecond);
  }
  return profile;
}

}  // namespace ceems::gpu
