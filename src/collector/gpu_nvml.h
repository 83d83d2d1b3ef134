// Collector `gpu.nvml`: GPUs of NVIDIA by way of the driver's own library, see gpu/nvml_sampler.h. Metrics
// that mean what NVIDIA's dcgm-exporter means have its names, types and labels; the others are called
// ceems_gpu_*. A machine without the library, or without a driver, has none of them and no error;
// self-metrics say which it is.
#pragma once

#include "base/result.h"
#include "collector/collector.h"
#include "collector/node.h"
#include "gpu/nvml_sampler.h"

#include <chrono>
#include <memory>
#include <string>

namespace ceems::collector {

struct GpuNvmlOptions {
  std::string library = {};                   // --collector.gpu.nvml.library; empty: where it usually is
  std::chrono::milliseconds interval{5'000};  // --collector.gpu.nvml.interval
  bool profiling = true;                      // --collector.gpu.nvml.profiling
  bool pcie_throughput = false;               // --collector.gpu.nvml.pcie-throughput
};

// What reads the GPUs, for this collector and for others that want to know of them. kInvalid for an interval
// below 100 ms.
base::Result<std::shared_ptr<gpu::NvmlSampler>> make_nvml_sampler(const GpuNvmlOptions& options);

// The thread that reads starts with the first collection, after privileges were dropped, and ends with
// stop().
std::unique_ptr<Collector> make_gpu_nvml_collector(const NodeContext& node,
                                                   std::shared_ptr<gpu::NvmlSampler> sampler);
// The same with a sampler of its own.
base::Result<std::unique_ptr<Collector>> make_gpu_nvml_collector(const NodeContext& node,
                                                                 const GpuNvmlOptions& options);

}  // namespace ceems::collector
