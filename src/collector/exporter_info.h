// What this exporter is and what it was not allowed: build, missing capabilities. Immutable
// after construction.
#pragma once

#include "base/privilege.h"
#include "collector/metric_source.h"

#include <string>
#include <vector>

namespace ceems::collector {

class ExporterInfo : public MetricSource {
 public:
  explicit ExporterInfo(const std::vector<base::MissingCapability>& missing);

  void emit(exposition::Emitter& emitter) override;
  std::span<const exposition::Family> families() const override;

 private:
  std::string build_labels_;
  std::vector<std::string> missing_labels_;
};

}  // namespace ceems::collector
