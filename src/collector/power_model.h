// Collector `power-model`: power and energy of the processors by a model, for machines without a meter. An
// estimate, and named so: ceems_estimated_*. See power/cpu_power.h for the model.
#pragma once

#include "base/result.h"
#include "collector/collector.h"
#include "collector/node.h"

#include <chrono>
#include <functional>
#include <memory>

namespace ceems::collector {

struct PowerModelOptions {
  double idle_watts = 0;      // --collector.power-model.idle-watts: of the whole machine; 0: from the tables
  double max_watts = 0;       // --collector.power-model.max-watts: under full load
  bool beside_meter = false;  // --collector.power-model.beside-meter
  // Whether a real meter of the processors can be read now; asked before each reading. While it says yes, the
  // collector is silent, unless beside_meter. Empty: there is none. Must be thread-safe.
  std::function<bool()> meter_present = {};
  // How often /proc/stat is looked at between collections. A thread does it, from the first collection on.
  std::chrono::milliseconds tick{5'000};
};

// kInvalid: watts that are no range.
base::Result<std::unique_ptr<Collector>> make_power_model_collector(const NodeContext& node,
                                                                    const PowerModelOptions& options);

}  // namespace ceems::collector
