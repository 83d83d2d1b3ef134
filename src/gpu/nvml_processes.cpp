#include "gpu/nvml_processes.h"

#include "gpu/nvml_values.h"

#include <algorithm>

namespace ceems::gpu {

namespace {

// Calls `function(&count, buffer)` with a buffer that is large enough, or as large as we allow. NVML says
// with kInsufficientSize how many there are; there may be more of them by the next call. The final result;
// `total` is the number that NVML told.
template <class Element, class Function>
NvmlReturn fill(std::vector<Element>& buffer, std::uint32_t& total, Function function) {
  constexpr std::uint32_t kMost = NvmlProcessReader::kMaxProcesses;
  constexpr std::uint32_t kSpare = 16;
  constexpr int kTries = 4;
  NvmlReturn result = NvmlReturn::kInsufficientSize;
  std::uint32_t room = std::max<std::uint32_t>(static_cast<std::uint32_t>(buffer.capacity()), 2 * kSpare);
  for (int i = 0; i < kTries && result == NvmlReturn::kInsufficientSize; ++i) {
    room = std::min(room, kMost);
    buffer.assign(room, Element{});
    std::uint32_t count = room;
    result = function(&count, buffer.data());
    total = count;
    if (result == NvmlReturn::kInsufficientSize) {
      if (room == kMost) break;
      room = count > kMost - kSpare ? kMost : count + kSpare;
    }
  }
  if (result == NvmlReturn::kSuccess) buffer.resize(std::min<std::size_t>(total, buffer.size()));
  if (result != NvmlReturn::kSuccess) buffer.clear();
  return result;
}

NvmlProcess& process_of(NvmlProcesses& processes, std::uint32_t pid) {
  auto& list = processes.list;
  const auto at = std::ranges::lower_bound(list, pid, {}, &NvmlProcess::pid);
  if (at != list.end() && at->pid == pid) return *at;
  return *list.insert(at, NvmlProcess{.pid = pid, .memory_bytes = std::nullopt, .sm_percent = std::nullopt});
}

}  // namespace

std::optional<std::uint64_t> NvmlProcessReader::list(std::string_view what, NvmlFunctions::Processes function,
                                                     NvmlFunctions::ProcessesV1 older, nvml::Device device) {
  std::uint32_t total = 0;
  infos_.clear();
  NvmlReturn result = NvmlReturn::kFunctionNotFound;
  if (function != nullptr) {
    result = fill(infos_, total, [&](std::uint32_t* count, nvml::ProcessInfo* infos) {
      return function(device, count, infos);
    });
  } else if (older != nullptr) {
    result = fill(infos_v1_, total, [&](std::uint32_t* count, nvml::ProcessInfoV1* infos) {
      return older(device, count, infos);
    });
    for (const nvml::ProcessInfoV1& one : infos_v1_)
      infos_.push_back({.pid = one.pid, .used_memory = one.used_memory});
  }
  // More than we look at: how many is known all the same.
  if (result == NvmlReturn::kInsufficientSize) return total;
  if (!faults_.accept(result, what)) return std::nullopt;
  return infos_.size();
}

std::optional<std::uint64_t> NvmlProcessReader::add(std::string_view what, NvmlFunctions::Processes function,
                                                    NvmlFunctions::ProcessesV1 older,
                                                    const NvmlPartHandle& part, NvmlProcesses& to) {
  std::optional<std::uint64_t> sum;
  const auto add_device = [&](nvml::Device device) {
    const auto count = list(what, function, older, device);
    if (!count) return;
    sum = sum.value_or(0) + *count;
    to.truncated = to.truncated || *count > infos_.size();
    for (const nvml::ProcessInfo& info : infos_) {
      NvmlProcess& process = process_of(to, info.pid);
      const auto memory = nvml_counter(info.used_memory);
      if (memory && *memory <= kMaxMemoryBytes)
        process.memory_bytes = std::max(process.memory_bytes.value_or(0), *memory);
    }
  };
  if (part.mig_devices.empty()) add_device(part.device);
  for (const nvml::Device device : part.mig_devices)
    add_device(device);
  return sum;
}

void NvmlProcessReader::add_utilization(nvml::Device device, std::uint64_t& seen_us, NvmlProcesses& to) {
  if (f_.process_utilization == nullptr) return;
  std::uint32_t total = 0;
  const NvmlReturn result =
      fill(samples_, total, [&](std::uint32_t* count, nvml::ProcessUtilization* samples) {
        return f_.process_utilization(device, samples, count, seen_us);
      });
  if (result == NvmlReturn::kInsufficientSize || !faults_.accept(result, "process utilisation")) return;
  for (const nvml::ProcessUtilization& sample : samples_) {
    // Entries that were not filled have no time.
    if (sample.timestamp_us == 0) continue;
    seen_us = std::max(seen_us, sample.timestamp_us);
    const auto at = std::ranges::lower_bound(to.list, sample.pid, {}, &NvmlProcess::pid);
    if (at != to.list.end() && at->pid == sample.pid) at->sm_percent = nvml_percent(sample.sm);
  }
}

NvmlProcesses NvmlProcessReader::read(const NvmlPartHandle& part, std::uint64_t& seen_us) {
  NvmlProcesses to;
  to.compute = add("compute processes", f_.compute_processes, f_.compute_processes_v1, part, to);
  to.graphics = add("graphics processes", f_.graphics_processes, f_.graphics_processes_v1, part, to);
  to.mps = add("MPS processes", f_.mps_processes, nullptr, part, to);
  // MIG has no utilisation by process.
  if (part.mig_devices.empty() && !to.list.empty()) add_utilization(part.device, seen_us, to);
  return to;
}

}  // namespace ceems::gpu
