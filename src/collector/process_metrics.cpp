#include "collector/process_metrics.h"

#include <array>

namespace ceems::collector {

namespace {

using exposition::Family;
using exposition::MetricType;

constexpr Family kCpu{"process_cpu_seconds_total", MetricType::kCounter,
                      "User and system processor time that this process has used, in seconds.", ""};
constexpr Family kOpenFds{"process_open_fds", MetricType::kGauge, "Open file descriptors.", ""};
constexpr Family kMaxFds{"process_max_fds", MetricType::kGauge, "Limit of open file descriptors.", ""};
constexpr Family kResident{"process_resident_memory_bytes", MetricType::kGauge, "Resident memory, in bytes.",
                           ""};
constexpr Family kVirtual{"process_virtual_memory_bytes", MetricType::kGauge, "Virtual memory, in bytes.",
                          ""};
constexpr Family kVirtualMax{"process_virtual_memory_max_bytes", MetricType::kGauge,
                             "Limit of virtual memory, in bytes.", ""};
constexpr Family kStart{"process_start_time_seconds", MetricType::kGauge,
                        "When this process started, in seconds since 1970.", ""};
constexpr Family kReceived{"process_network_receive_bytes_total", MetricType::kCounter,
                           "Bytes that the network namespace of this process has received over IP.", ""};
constexpr Family kSent{"process_network_transmit_bytes_total", MetricType::kCounter,
                       "Bytes that the network namespace of this process has sent over IP.", ""};
constexpr std::array kFamilies{kCpu,        kOpenFds, kMaxFds,   kResident, kVirtual,
                               kVirtualMax, kStart,   kReceived, kSent};

template <class Number>
void emit_one(exposition::Emitter& emitter, const Family& family, Number value) {
  emitter.begin(family);
  emitter.sample("", value);
}

}  // namespace

void ProcessMetrics::emit(exposition::Emitter& emitter) {
  const auto usage = reader_.read();
  if (!usage) return;
  emit_one(emitter, kCpu, usage->cpu_seconds);
  if (usage->open_descriptors) emit_one(emitter, kOpenFds, *usage->open_descriptors);
  emit_one(emitter, kMaxFds, usage->max_descriptors);
  emit_one(emitter, kResident, usage->resident_bytes);
  emit_one(emitter, kVirtual, usage->virtual_bytes);
  emit_one(emitter, kVirtualMax, usage->max_virtual_bytes);
  emit_one(emitter, kStart, usage->start_time_seconds);
  if (usage->network_receive_bytes) emit_one(emitter, kReceived, *usage->network_receive_bytes);
  if (usage->network_transmit_bytes) emit_one(emitter, kSent, *usage->network_transmit_bytes);
}

std::span<const Family> ProcessMetrics::families() const {
  return kFamilies;
}

}  // namespace ceems::collector
