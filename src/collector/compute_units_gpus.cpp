#include "collector/compute_units_gpus.h"

#include "collector/compute_units_families.h"
#include "exposition/sample_line.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace ceems::collector {

namespace {

using exposition::Emitter;
using exposition::Label;
namespace f = unit_families;

// Whoever holds a GPU holds it, also when its cgroup cannot be read.
bool is_there(const UnitRow& row) {
  return row.state == RowState::kRead || row.state == RowState::kFailed;
}

std::string_view name_of(gpu::DevicesFrom from) {
  switch (from) {
    case gpu::DevicesFrom::kTool:
      return "tool";
    case gpu::DevicesFrom::kToolElsewhere:
      return "pod";
    case gpu::DevicesFrom::kNvml:
      return "nvml";
  }
  return "";
}

}  // namespace

UnitGpus::UnitGpus(std::string hostname, std::shared_ptr<gpu::DeviceWatch> devices,
                   unit::GpuAllocationOptions options, const base::Logger& logger)
    : hostname_(std::move(hostname)),
      devices_(std::move(devices)),
      allocations_(std::move(options), logger) {}

void UnitGpus::sync(const unit::Inventory& inventory, const UnitRows& rows, bool everything) {
  devices_->start();
  view_ = devices_->view();
  allocations_.sync(inventory, view_.list, everything);
  if (inventory.generation() == unit_generation_ && allocations_.generation() == generation_) return;
  unit_generation_ = inventory.generation();
  generation_ = allocations_.generation();
  render(rows);
  if (allocations_.stats().unmatched > 0) devices_->look_again();
}

void UnitGpus::render(const UnitRows& rows) {
  rows_.clear();
  for (const unit::GpuHolding& holding : allocations_.holdings()) {
    const UnitRow* row = rows.find(holding.unit->serial);
    if (row == nullptr) continue;
    const unit::GpuSlot& slot = holding.slot;
    rows_.push_back({.unit = row,
                     .labels = labels_of(holding, rows.manager_of(*row)),
                     .weight = holding.weight,
                     .sm_count = slot.instance != nullptr ? slot.instance->sm_count : slot.device->sm_count});
  }
  std::ranges::sort(rows_, [](const Row& left, const Row& right) {
    return exposition::compare_labels(left.labels, right.labels) < 0;
  });
  // GPUs that cannot be told apart would be one series twice.
  const auto same = [](const Row& left, const Row& right) { return left.labels == right.labels; };
  const auto rest = std::ranges::unique(rows_, same);
  rows_.erase(rest.begin(), rest.end());
}

std::string UnitGpus::labels_of(const unit::GpuHolding& holding, std::string_view manager) const {
  const gpu::Instance* instance = holding.slot.instance;
  const unit::Claim& claim = holding.unit->claim;
  const std::string& index = instance != nullptr ? instance->index : holding.slot.device->index;
  const std::string cluster_index = fmt::format("{}/gpu-{}", hostname_, index);
  const std::string gpu_instance = instance != nullptr ? fmt::to_string(instance->gpu_instance_id) : "";
  const std::string compute_instance =
      instance != nullptr ? fmt::to_string(instance->compute_instance_id) : "";
  std::vector<Label> labels{{"cgrouphostname", claim.cgrouphostname},
                            {"gpuiid", gpu_instance},
                            {"gpuuuid", holding.slot.device->uuid},
                            {"hindex", cluster_index},
                            {"hostname", hostname_},
                            {"index", index},
                            {"manager", manager},
                            {"uuid", claim.uuid}};
  // Most GPU instances are not divided further.
  if (instance != nullptr && instance->compute_instance_id != 0)
    labels.push_back({"gpuciid", compute_instance});
  return exposition::render_labels(std::move(labels));
}

void UnitGpus::emit(Emitter& emitter) const {
  if (rows_.empty()) return;
  emitter.begin(f::kGpuIndexFlag);
  for (const Row& row : rows_) {
    if (is_there(*row.unit)) emitter.sample(row.labels, row.weight);
  }
  emitter.begin(f::kGpuSmCount);
  for (const Row& row : rows_) {
    if (is_there(*row.unit) && row.sm_count) emitter.sample(row.labels, *row.sm_count);
  }
}

void UnitGpus::emit_self(Emitter& emitter) const {
  const unit::GpuAllocationStats stats = allocations_.stats();
  emitter.begin(f::kSelfGpus);
  for (const gpu::DeviceWatch::Source& source : view_.sources) {
    emitter.sample({{"source", name_of(source.from)}, {"vendor", gpu::vendor_name(source.vendor)}},
                   static_cast<double>(source.devices));
  }
  emitter.begin(f::kSelfGpuListFailed);
  for (const gpu::DeviceWatch::Source& source : view_.sources)
    emitter.sample({{"vendor", gpu::vendor_name(source.vendor)}}, source.failed ? 1 : 0);
  emitter.begin(f::kSelfGpuListings);
  emitter.sample("", view_.looks);
  if (view_.list == nullptr || view_.list->devices.empty()) return;
  emitter.begin(f::kSelfGpuUnits);
  emitter.sample("{known_from=\"cgroup\"}", stats.by_cgroup);
  emitter.sample("{known_from=\"environment\"}", stats.by_environment);
  emitter.sample("{known_from=\"manager\"}", stats.by_manager);
  emitter.sample("{known_from=\"nothing\"}", stats.unknown);
  emitter.begin(f::kSelfGpuLooks);
  emitter.sample("", stats.looks);
}

}  // namespace ceems::collector
