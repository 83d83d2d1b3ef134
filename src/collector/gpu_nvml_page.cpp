#include "collector/gpu_nvml_page.h"

#include "collector/gpu_nvml_families.h"
#include "exposition/sample_line.h"
#include "gpu/nvml_library.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace ceems::collector {

namespace {

using exposition::Emitter;
using exposition::Label;
using exposition::render_labels;
using gpu::NvmlDevice;
using gpu::NvmlPart;
using gpu::NvmlProcesses;
using gpu::NvmlState;
namespace families = gpu_nvml_families;

constexpr double kMebibyte = 1024.0 * 1024.0;

struct ProcessType {
  const char* name;
  std::optional<std::uint64_t> NvmlProcesses::* count;
};
constexpr std::array kProcessTypes{ProcessType{"compute", &NvmlProcesses::compute},
                                   ProcessType{"graphics", &NvmlProcesses::graphics},
                                   ProcessType{"mps", &NvmlProcesses::mps}};

// In the order of their names.
constexpr std::array kStates{NvmlState::kAbsent, NvmlState::kFailed, NvmlState::kReady, NvmlState::kStale,
                             NvmlState::kStarting};

std::string number(const std::optional<std::uint32_t>& value) {
  return value ? fmt::to_string(*value) : "";
}

bool less(const std::string& left, const std::string& right) {
  return exposition::compare_labels(left, right) < 0;
}

void sample(Emitter& emitter, const std::string& labels, const std::optional<double>& value) {
  if (value) emitter.sample(labels, *value);
}

void sample(Emitter& emitter, const std::string& labels, const std::optional<std::uint64_t>& value) {
  if (value) emitter.sample(labels, *value);
}

void sample(Emitter& emitter, const std::string& labels, const std::optional<bool>& value) {
  if (value) emitter.sample(labels, *value ? 1 : 0);
}

double seconds(gpu::NvmlSampler::Clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

GpuNvmlPage::GpuNvmlPage(std::string hostname)
    : hostname_(std::move(hostname)), host_labels_(render_labels({{"hostname", hostname_}})) {}

void GpuNvmlPage::set(gpu::NvmlSampler::View view) {
  view_ = std::move(view);
  if (!view_.snapshot) return;
  std::vector<bool> presence;
  for (const NvmlDevice& one : view_.snapshot->devices)
    presence.push_back(one.present);
  if (generation_ == view_.snapshot->generation && presence_ == presence && !devices_.empty()) return;
  generation_ = view_.snapshot->generation;
  presence_ = std::move(presence);
  render();
}

std::string GpuNvmlPage::dcgm_labels(const NvmlDevice& one, const NvmlPart* part) const {
  const std::string index = fmt::to_string(one.info.index);
  const std::string device = "nvidia" + index;
  const std::string instance = part == nullptr ? "" : number(part->gpu_instance_id);
  std::vector<Label> labels{{"gpu", index},
                            {"UUID", one.info.uuid},
                            {"pci_bus_id", one.info.pci_bus_id},
                            {"device", device},
                            {"modelName", one.info.name},
                            {"DCGM_FI_DRIVER_VERSION", view_.snapshot->driver_version}};
  if (!hostname_.empty()) labels.push_back({"Hostname", hostname_});
  if (!instance.empty()) {
    labels.push_back({"GPU_I_ID", instance});
    labels.push_back({"GPU_I_PROFILE", part->profile});
  }
  return render_labels(std::move(labels));
}

std::string GpuNvmlPage::info_labels(const NvmlDevice& one, const NvmlPart* part) const {
  const std::string index = fmt::to_string(one.info.index);
  const std::string minor = number(one.info.minor);
  const std::string instance = part == nullptr ? "" : number(part->gpu_instance_id);
  return render_labels({{"gpuuuid", one.info.uuid},
                        {"gpuiid", instance},
                        {"hostname", hostname_},
                        {"index", index},
                        {"minor", minor},
                        {"name", one.info.name},
                        {"pci_bus_id", one.info.pci_bus_id},
                        {"profile", part == nullptr ? "" : part->profile}});
}

void GpuNvmlPage::render() {
  devices_.clear();
  parts_.clear();
  own_parts_.clear();
  processes_.clear();
  infos_.clear();
  for (std::size_t i = 0; i < view_.snapshot->devices.size(); ++i) {
    const NvmlDevice& one = device(i);
    DeviceRow row{.device = i,
                  .dcgm = dcgm_labels(one, nullptr),
                  .own = render_labels({{"gpuuuid", one.info.uuid}, {"hostname", hostname_}}),
                  .reasons = {}};
    for (const families::ClocksEventReason& reason : families::clocks_event_reasons())
      row.reasons.push_back(
          render_labels({{"gpuuuid", one.info.uuid}, {"hostname", hostname_}, {"reason", reason.name}}));
    devices_.push_back(std::move(row));
    infos_.push_back(info_labels(one, nullptr));
    for (std::size_t j = 0; j < one.parts.size(); ++j)
      render_part(i, j);
  }
  std::ranges::sort(devices_, less, &DeviceRow::own);
  std::ranges::sort(parts_, less, &PartRow::labels);
  std::ranges::sort(own_parts_, less, &PartRow::labels);
  std::ranges::sort(processes_, less, [](const ProcessRow& one) { return one.row.labels; });
  std::ranges::sort(infos_, less);
}

void GpuNvmlPage::render_part(std::size_t device_index, std::size_t part_index) {
  const NvmlDevice& one = device(device_index);
  const NvmlPart& its = one.parts[part_index];
  const std::string instance = number(its.gpu_instance_id);
  parts_.push_back({device_index, part_index, dcgm_labels(one, &its)});
  own_parts_.push_back(
      {device_index, part_index,
       render_labels({{"gpuuuid", one.info.uuid}, {"gpuiid", instance}, {"hostname", hostname_}})});
  for (const ProcessType& type : kProcessTypes) {
    processes_.push_back({.row = {device_index, part_index,
                                  render_labels({{"gpuuuid", one.info.uuid},
                                                 {"gpuiid", instance},
                                                 {"hostname", hostname_},
                                                 {"type", type.name}})},
                          .count = type.count});
  }
  if (its.gpu_instance_id) infos_.push_back(info_labels(one, &its));
}

void GpuNvmlPage::emit(Emitter& emitter) const {
  emit_self(emitter);
  if (!view_.snapshot) return;
  emit_devices(emitter);
  emit_parts(emitter);
  emit_own(emitter);
  emit_xids(emitter);
}

void GpuNvmlPage::emit_self(Emitter& emitter) const {
  emitter.begin(families::kNvmlState);
  for (const NvmlState state : kStates)
    emitter.sample({{"hostname", hostname_}, {"state", gpu::nvml_state_name(state)}},
                   state == view_.state ? 1 : 0);
  emitter.begin(families::kNvmlSamples);
  emitter.sample(host_labels_, view_.samples);
  emitter.begin(families::kNvmlInits);
  emitter.sample(host_labels_, view_.initialisations);
  if (view_.age) {
    emitter.begin(families::kNvmlAge);
    emitter.sample(host_labels_, seconds(*view_.age));
  }
  // Codes that we have no name for are one.
  std::vector<std::pair<std::string_view, std::uint64_t>> errors;
  for (const auto& [value, count] : view_.errors) {
    const std::string_view label = gpu::nvml_error_label(value);
    const auto at = std::ranges::find(errors, label, &std::pair<std::string_view, std::uint64_t>::first);
    if (at == errors.end()) {
      errors.emplace_back(label, count);
    } else {
      at->second += count;
    }
  }
  std::ranges::sort(errors);
  emitter.begin(families::kNvmlErrors);
  for (const auto& [label, count] : errors)
    emitter.sample({{"error", label}, {"hostname", hostname_}}, static_cast<double>(count));
  if (!view_.snapshot) return;
  emitter.begin(families::kNvmlDuration);
  emitter.sample(host_labels_, seconds(view_.snapshot->cost));
  emitter.begin(families::kNvmlInfo);
  emitter.sample({{"driver_version", view_.snapshot->driver_version},
                  {"hostname", hostname_},
                  {"library", view_.snapshot->library},
                  {"nvml_version", view_.snapshot->nvml_version}},
                 1);
}

void GpuNvmlPage::emit_devices(Emitter& emitter) const {
  const auto show = [&](const auto& table, auto member) {
    for (const auto& one : table) {
      emitter.begin(one.family);
      for (const DeviceRow& row : devices_)
        sample(emitter, row.dcgm, (device(row.device).*member).*one.value);
    }
  };
  show(families::reading_gauges(), &NvmlDevice::readings);
  show(families::reading_counts(), &NvmlDevice::readings);
  show(families::health_counts(), &NvmlDevice::health);
  show(families::health_flags(), &NvmlDevice::health);
}

void GpuNvmlPage::emit_parts(Emitter& emitter) const {
  const auto memory = [&](const exposition::Family& family, auto value) {
    emitter.begin(family);
    for (const PartRow& row : parts_) {
      const auto& its = part(row).memory;
      if (const std::optional<std::uint64_t> bytes = its ? std::optional((*its).*value) : std::nullopt)
        emitter.sample(row.labels, static_cast<double>(*bytes) / kMebibyte);
    }
  };
  memory(families::kMemoryTotal, &gpu::NvmlMemory::total_bytes);
  memory(families::kMemoryUsed, &gpu::NvmlMemory::used_bytes);
  memory(families::kMemoryFree, &gpu::NvmlMemory::free_bytes);
  emitter.begin(families::kMemoryReserved);
  for (const PartRow& row : parts_) {
    const auto& its = part(row).memory;
    if (its && its->reserved_bytes)
      emitter.sample(row.labels, static_cast<double>(*its->reserved_bytes) / kMebibyte);
  }
  for (const auto& one : families::profile_gauges()) {
    emitter.begin(one.family);
    for (const PartRow& row : parts_)
      sample(emitter, row.labels, part(row).gpm.*one.value);
  }
}

void GpuNvmlPage::emit_own(Emitter& emitter) const {
  emitter.begin(families::kInfo);
  for (const std::string& labels : infos_)
    emitter.sample(labels, 1);
  emitter.begin(families::kPresent);
  for (const DeviceRow& row : devices_)
    emitter.sample(row.own, device(row.device).present ? 1 : 0);
  emitter.begin(families::kNvlinkTransmit);
  for (const DeviceRow& row : devices_)
    sample(emitter, row.own, device(row.device).readings.nvlink_transmit_bytes);
  emitter.begin(families::kNvlinkReceive);
  for (const DeviceRow& row : devices_)
    sample(emitter, row.own, device(row.device).readings.nvlink_receive_bytes);
  emitter.begin(families::kClocksEventActive);
  for (const DeviceRow& row : devices_) {
    const auto& bits = device(row.device).readings.clocks_event_reasons;
    if (!bits) continue;
    for (std::size_t i = 0; i < row.reasons.size(); ++i)
      emitter.sample(row.reasons[i], (*bits & families::clocks_event_reasons()[i].bit) != 0 ? 1 : 0);
  }
  emitter.begin(families::kSmCount);
  for (const PartRow& row : own_parts_) {
    if (const auto& count = part(row).sm_count) emitter.sample(row.labels, *count);
  }
  emitter.begin(families::kProcesses);
  for (const ProcessRow& one : processes_)
    sample(emitter, one.row.labels, part(one.row).processes.*one.count);
  emitter.begin(families::kProcessMemory);
  for (const PartRow& row : own_parts_) {
    const NvmlProcesses& its = part(row).processes;
    if (its.truncated || !its.compute) continue;
    double bytes = 0;
    for (const gpu::NvmlProcess& process : its.list)
      bytes += static_cast<double>(process.memory_bytes.value_or(0));
    emitter.sample(row.labels, bytes);
  }
}

void GpuNvmlPage::emit_xids(Emitter& emitter) const {
  emitter.begin(families::kXidErrors);
  for (const DeviceRow& row : devices_) {
    const auto& xids = device(row.device).xids;
    if (xids) emitter.sample(row.dcgm, xids->last);
  }
  emitter.begin(families::kXidErrorsTotal);
  for (const DeviceRow& row : devices_) {
    const NvmlDevice& one = device(row.device);
    if (!one.xids) continue;
    std::vector<std::pair<std::string, std::uint64_t>> counts;
    for (const gpu::NvmlXids::Count& count : one.xids->counts)
      counts.emplace_back(count.xid == gpu::NvmlXids::kOther ? "other" : fmt::to_string(count.xid),
                          count.count);
    std::ranges::sort(counts);
    for (const auto& [xid, count] : counts)
      emitter.sample({{"gpuuuid", one.info.uuid}, {"hostname", hostname_}, {"xid", xid}},
                     static_cast<double>(count));
  }
}

}  // namespace ceems::collector
