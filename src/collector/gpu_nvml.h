// Collector `gpu.nvml`: GPUs of NVIDIA by way of the driver's own library, see gpu/nvml_sampler.h. Metrics
// that mean what NVIDIA's dcgm-exporter means have its names, types and labels; the others are called
// ceems_gpu_*. A machine without the library, or without a driver, has none of them and no error;
// self-metrics say which it is.
#pragma once

#include "base/result.h"
#include "collector/collector.h"
#include "collector/node.h"

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

// The thread that reads starts with the first collection, after privileges were dropped. kInvalid for an
// interval below 100 ms.
base::Result<std::unique_ptr<Collector>> make_gpu_nvml_collector(const NodeContext& node,
                                                                 const GpuNvmlOptions& options);

}  // namespace ceems::collector
