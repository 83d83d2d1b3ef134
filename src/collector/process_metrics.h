// The process_* metrics that every Prometheus exporter has about itself, with the names and types of
// https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics .
#pragma once

#include "base/self_usage.h"
#include "collector/metric_source.h"

namespace ceems::collector {

class ProcessMetrics : public MetricSource {
 public:
  void emit(exposition::Emitter& emitter) override;
  std::span<const exposition::Family> families() const override;

 private:
  base::SelfUsageReader reader_;
};

}  // namespace ceems::collector
