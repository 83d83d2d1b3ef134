#include "collector/cpu_topology.h"

#include "base/file.h"
#include "base/text.h"
#include "power/cpu_info.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <vector>

#include <fmt/format.h>

namespace ceems::collector {

namespace {

// Comparable output is for a machine with four cores.
constexpr std::uint32_t kComparableCores = 4;

// "0-3,8" → {0, 1, 2, 3, 8}; empty on anything else.
std::vector<std::uint64_t> parse_list(std::string_view list) {
  std::vector<std::uint64_t> cpus;
  list = base::trim(list);
  if (!base::count_cpu_list(list).value_or(0)) return cpus;
  for (const std::string_view piece : base::split(list, ',')) {
    const std::size_t dash = piece.find('-');
    const auto first = base::parse_u64(piece.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : base::parse_u64(piece.substr(dash + 1));
    for (std::uint64_t cpu = *first; cpu <= *last; ++cpu)
      cpus.push_back(cpu);
  }
  return cpus;
}

}  // namespace

CpuTopology::CpuTopology(const NodeContext& node)
    : directory_(base::join_path(node.sysfs, "devices/system/cpu")),
      cpuinfo_(base::join_path(node.procfs, "cpuinfo")),
      comparable_output_(node.comparable_output) {}

std::optional<double> CpuTopology::threads_per_core() {
  if (comparable_output_) return answer_ ? answer_ : answer_ = from_cpuinfo();
  if (!online_) {
    auto opened = base::open_for_reading(base::join_path(directory_, "online"));
    if (!opened) return answer_ ? answer_ : answer_ = from_cpuinfo();
    online_ = *std::move(opened);
  }
  std::array<char, 4096> buffer;
  const auto online = base::pread_file(online_.get(), buffer, directory_);
  if (!online) return answer_;
  if (answer_ && *online == known_online_) return answer_;
  known_online_ = *online;
  answer_ = from_sysfs(*online);
  if (!answer_) answer_ = from_cpuinfo();
  return answer_;
}

std::optional<double> CpuTopology::from_sysfs(std::string_view online) const {
  const std::vector<std::uint64_t> cpus = parse_list(online);
  std::set<std::string> cores;
  for (const std::uint64_t cpu : cpus) {
    const std::string topology = base::join_path(directory_, fmt::format("cpu{}/topology", cpu));
    auto siblings = base::read_file(base::join_path(topology, "core_cpus_list"));
    // Linux before 5.3 has only the older name.
    if (!siblings) siblings = base::read_file(base::join_path(topology, "thread_siblings_list"));
    if (!siblings) return std::nullopt;
    cores.insert(*std::move(siblings));
  }
  if (cores.empty()) return std::nullopt;
  return static_cast<double>(cpus.size()) / static_cast<double>(cores.size());
}

std::optional<double> CpuTopology::from_cpuinfo() const {
  const auto info = power::read_cpu_info(cpuinfo_);
  if (!info) return std::nullopt;
  const std::uint32_t physical = comparable_output_ ? kComparableCores : info->physical;
  return static_cast<double>(std::max(1U, info->logical / std::max(1U, physical)));
}

}  // namespace ceems::collector
