// Which compute unit holds which GPUs of the node: one series for each unit and each GPU, or part of one, for
// as long as the unit holds it. Label sets are rendered once, when units, GPUs or what is known of them
// change. Not thread-safe.
#pragma once

#include "base/log.h"
#include "collector/compute_units_rows.h"
#include "exposition/emitter.h"
#include "gpu/device_watch.h"
#include "unit/gpu_allocations.h"
#include "unit/inventory.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ceems::collector {

class UnitGpus {
 public:
  UnitGpus(std::string hostname, std::shared_ptr<gpu::DeviceWatch> devices,
           unit::GpuAllocationOptions options, const base::Logger& logger);

  // After the rows have followed the inventory, whose sync() returned `everything`. The first time it starts
  // the search for devices.
  void sync(const unit::Inventory& inventory, const UnitRows& rows, bool everything);
  void emit(exposition::Emitter& emitter) const;
  void emit_self(exposition::Emitter& emitter) const;
  void stop() { devices_->stop(); }

 private:
  struct Row {
    const UnitRow* unit;
    std::string labels;
    double weight;
    std::optional<std::uint32_t> sm_count;
  };
  void render(const UnitRows& rows);
  std::string labels_of(const unit::GpuHolding& holding, std::string_view manager) const;

  std::string hostname_;
  std::shared_ptr<gpu::DeviceWatch> devices_;
  unit::GpuAllocations allocations_;
  gpu::DeviceWatch::View view_;
  std::vector<Row> rows_;  // by their labels
  std::uint64_t unit_generation_ = ~std::uint64_t{0};
  std::uint64_t generation_ = ~std::uint64_t{0};
};

}  // namespace ceems::collector
