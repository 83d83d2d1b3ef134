#include "rules/gpu.h"
#include "rules/rule_sets.h"
#include "rules/template.h"

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace ceems::rules {

namespace {

// Shares 0 … 1 of the time, and bytes per second.
constexpr std::array<std::string_view, 8> kNvidiaShares{
    "SM_ACTIVE",        "SM_OCCUPANCY",     "GR_ENGINE_ACTIVE", "PIPE_TENSOR_ACTIVE",
    "PIPE_FP64_ACTIVE", "PIPE_FP32_ACTIVE", "PIPE_FP16_ACTIVE", "DRAM_ACTIVE"};
constexpr std::array<std::string_view, 4> kNvidiaRates{"NVLINK_TX_BYTES", "NVLINK_RX_BYTES", "PCIE_TX_BYTES",
                                                       "PCIE_RX_BYTES"};
// Of AMD's Device Metrics Exporter: percentages, and sums.
constexpr std::array<std::string_view, 4> kAmdShares{"sm_active", "occupancy_per_active_cu",
                                                     "tensor_active_percent", "occupancy_percent"};
constexpr std::array<std::string_view, 6> kAmdSums{"occupancy_elapsed", "total_16_ops", "total_32_ops",
                                                   "total_64_ops",      "write_size",   "fetch_size"};
// Of those, what NVIDIA has by the same name.
constexpr std::string_view kInBoth = "sm_active";
struct MemoryType {
  std::string_view label;
  std::string_view metric;
};
constexpr std::array kAmdMemory{MemoryType{"vram", "vram"}, MemoryType{"gtt", "gtt"},
                                MemoryType{"visiblevram", "visible_vram"}};

std::string lower(std::string_view name) {
  std::string text(name);
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

// A figure of each part, told for each unit that holds the part: utilisation is the same for all who share
// it, of amounts each has its share.
std::string for_units(std::string_view parts, bool divide, const RuleOptions& options) {
  return fmt::format("{}\n* on (gpuuuid, gpuiid) group_left ()\n(\n{}\n)",
                     fill(divide ? "ceems_compute_unit_gpu_index_flag{<J>}"
                                 : "(ceems_compute_unit_gpu_index_flag{<J>} * 0 + 1)",
                          options),
                     indented(parts, "  "));
}

std::string percent(std::string_view parts) {
  return fmt::format("100 * (\n{}\n)", indented(parts, "  "));
}

std::string share_of(std::string_view used, std::string_view rest, bool is_rest_total) {
  return fmt::format("100 * (\n{0}\n)\n/ (({1}\n) > 0)", indented(used, "  "),
                     is_rest_total
                         ? "\n" + indented(rest, "  ")
                         : "\n" + indented(fmt::format("({}\n)\n+ ({}\n)", "\n" + indented(used, "  "),
                                                       "\n" + indented(rest, "  ")),
                                           "  "));
}

Rule usage_rule(const RuleOptions& options) {
  const std::string parts =
      fmt::format("{}\nor\n{}\nor\n{}\nor\n{}", percent(nvidia_parts("DCGM_FI_PROF_GR_ENGINE_ACTIVE")),
                  nvidia_parts("DCGM_FI_DEV_GPU_UTIL"), amd_parts("gpu_gfx_activity"),
                  amd_smi_parts("amd_gpu_use_percent", "gpu_use_percent", options));
  return {.comment = "Percent of the time that the unit's GPU, or part of one, was busy.",
          .record = "uuid:ceems_gpu_usage:ratio",
          .expression = for_units(parts, false, options)};
}

void add_memory_rules(RuleGroup& group, const RuleOptions& options) {
  const std::string nvidia =
      share_of(nvidia_parts("DCGM_FI_DEV_FB_USED"), nvidia_parts("DCGM_FI_DEV_FB_FREE"), false);
  const std::string smi = amd_smi_parts("amd_gpu_memory_use_percent", "gpu_memory_use_percent", options);
  group.rules.push_back(
      {.comment = "Percent of the memory of the unit's GPU, or part of one, that is in use.",
       .record = "uuid:ceems_gpu_memory_usage:ratio",
       .expression = for_units(fmt::format("{}\nor\n{}", nvidia, smi), false, options)});
  for (const MemoryType& type : kAmdMemory) {
    const std::string parts = share_of(amd_parts(fmt::format("gpu_used_{}", type.metric)),
                                       amd_parts(fmt::format("gpu_total_{}", type.metric)), true);
    group.rules.push_back({.record = "uuid:ceems_gpu_memory_usage:ratio",
                           .expression = for_units(parts, false, options),
                           .labels = {{"type", std::string(type.label)}}});
  }
}

void add_profile_rules(RuleGroup& group, const RuleOptions& options) {
  const std::size_t first = group.rules.size();
  const auto amd = [](std::string_view name) {
    return amd_parts(fmt::format("{{__name__=~\"(.+_)?gpu_prof_{}\"}}", name));
  };
  const auto add = [&](std::string_view name, std::string_view suffix, const std::string& parts) {
    group.rules.push_back({.record = fmt::format("uuid:ceems_gpu_prof_{}:{}", name, suffix),
                           .expression = for_units(parts, suffix == "sum", options)});
  };
  for (const std::string_view upper : kNvidiaShares) {
    const std::string name = lower(upper);
    std::string parts = percent(nvidia_parts(fmt::format("DCGM_FI_PROF_{}", upper)));
    // A record that both vendors have is one rule.
    if (name == kInBoth) parts += "\nor\n" + amd(name);
    add(name, "ratio", parts);
  }
  group.rules[first].comment = "Percent of the time, or of what there is, that hardware counters saw in use.";
  const std::size_t rates = group.rules.size();
  for (const std::string_view upper : kNvidiaRates)
    add(lower(upper), "sum", nvidia_parts(fmt::format("DCGM_FI_PROF_{}", upper)));
  group.rules[rates].comment = "Bytes per second; shared GPUs are divided among their units.";
  const std::size_t others = group.rules.size();
  for (const std::string_view name : kAmdShares) {
    if (name != kInBoth) add(name, "ratio", amd(name));
  }
  for (const std::string_view name : kAmdSums)
    add(name, "sum", amd(name));
  group.rules[others].comment = "The same from AMD's Device Metrics Exporter, in its units.";
}

constexpr std::string_view kJobUsage = R"(
avg by (<job>) (DCGM_FI_DEV_GPU_UTIL{<J>})
or
avg by (<job>) (100 * DCGM_FI_PROF_GR_ENGINE_ACTIVE{<J>})
or
avg by (<job>) (gpu_gfx_activity{<J>})
or
avg by (<job>) (amd_gpu_use_percent{<J>})
)";

constexpr std::string_view kJobMemory = R"(
avg by (<job>) (
  100 * DCGM_FI_DEV_FB_USED{<J>} / ((DCGM_FI_DEV_FB_USED{<J>} + DCGM_FI_DEV_FB_FREE{<J>}) > 0)
)
or
avg by (<job>) (amd_gpu_memory_use_percent{<J>})
)";

}  // namespace

RuleFile gpu_usage_rules(const RuleOptions& options) {
  const std::string interval = group_interval(options);
  RuleGroup units{.name = "gpu-usage-rules", .interval = interval};
  units.rules.push_back(usage_rule(options));
  add_memory_rules(units, options);
  add_profile_rules(units, options);
  RuleGroup jobs{.name = "gpu-agg-usage-rules", .interval = interval};
  const RuleOptions of_job = of_gpu_job(options);
  jobs.rules = {{.comment = "Percent, mean over the GPUs that exporters of a scrape job tell of.",
                 .record = "job:ceems_gpu_usage:avg",
                 .expression = fill(kJobUsage, of_job)},
                {.record = "job:ceems_gpu_memory_usage:avg_ratio", .expression = fill(kJobMemory, of_job)}};
  for (const MemoryType& type : kAmdMemory) {
    jobs.rules.push_back(
        {.record = "job:ceems_gpu_memory_usage:avg_ratio",
         .expression =
             fill(fmt::format("avg by (<job>) (100 * gpu_used_{0}{{<J>}} / (gpu_total_{0}{{<J>}} > 0))",
                              type.metric),
                  of_job),
         .labels = {{"type", std::string(type.label)}}});
  }
  return {.name = "gpu-usage.rules",
          .comment =
              "How much units use of the GPUs that they hold.\n"
              "Explained in docs/recording-rules.md; `ceems_tool rules render` writes it for other choices.",
          .groups = {std::move(units), std::move(jobs)}};
}

}  // namespace ceems::rules
