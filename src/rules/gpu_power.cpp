#include "base/text.h"
#include "rules/emission_rules.h"
#include "rules/gpu.h"
#include "rules/rule_sets.h"
#include "rules/template.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace ceems::rules {

namespace {

// Microwatts. With whatever prefix the exporter was given.
constexpr std::string_view kAmdSmiPower = "amd_gpu_power";
constexpr std::string_view kAmdPower = R"({__name__=~"(.+_)?gpu_package_power|gpu_power_usage"})";

// What the shares of a GPU's parts are made of, of parts that somebody holds: multiprocessors, each counted
// once however many units share them, and once for each compute instance. Where they are not known, each part
// is as large as another.
constexpr std::string_view kUnitSize = R"(
ceems_compute_unit_gpu_sm_count{<J>}
or
ceems_compute_unit_gpu_index_flag{<J>} * 0 + 1
)";

constexpr std::string_view kHeldSize = R"(
sum by (gpuuuid, gpuiid) (
  max by (gpuuuid, gpuiid, gpuciid) (
<unit size>
  )
)
)";

// Parts that were busy pay for what the GPU draws beyond idling, in proportion to what they did. Where that
// is not told for each part that is held, or nothing was done, their sizes decide.
constexpr std::string_view kShareOfDynamic = R"(
gpupart:ceems_gpu_effective_sm_count:held
/ on (gpuuuid) group_left ()
(
  (sum by (gpuuuid) (gpupart:ceems_gpu_effective_sm_count:held) > 0)
  and on (gpuuuid)
  (
    count by (gpuuuid) (gpupart:ceems_gpu_effective_sm_count:held)
    == on (gpuuuid)
    count by (gpuuuid) (gpupart:ceems_gpu_sm_count:held)
  )
)
or
gpupart:ceems_gpu_share:size
)";

constexpr std::string_view kShareOfSize = R"(
gpupart:ceems_gpu_sm_count:held
/ on (gpuuuid) group_left ()
sum by (gpuuuid) (gpupart:ceems_gpu_sm_count:held)
)";

constexpr std::string_view kPartPower = R"(
gpupart:ceems_gpu_share:size
* on (gpuuuid) group_left ()
gpu:ceems_gpu_idle_power_watts:pue
+
gpupart:ceems_gpu_share:dynamic
* on (gpuuuid) group_left ()
(gpu:ceems_gpu_power_watts:pue - gpu:ceems_gpu_idle_power_watts:pue)
)";

constexpr std::string_view kUnitPower = R"(
ceems_compute_unit_gpu_index_flag{<J>}
* (
<unit size>
)
* on (gpuuuid, gpuiid) group_left ()
(gpupart:ceems_gpu_power_watts:pue / gpupart:ceems_gpu_sm_count:held)
)";

constexpr std::string_view kUnattributed = R"(
gpu:ceems_gpu_power_watts:pue
- on (gpuuuid)
sum by (gpuuuid) (uuid:ceems_gpu_power_watts:pue{<J>})
or
gpu:ceems_gpu_power_watts:pue
)";

std::string sized(std::string_view text, std::string_view indent) {
  std::string size(kUnitSize);
  while (size.starts_with('\n'))
    size.erase(0, 1);
  while (size.ends_with('\n'))
    size.pop_back();
  return base::replace_all(std::string(text), "<unit size>", indented(size, indent));
}

// With a scrape job chosen, only GPUs that its units hold.
std::string of_job(std::string expression, const RuleOptions& options) {
  if (options.job.empty()) return expression;
  return fmt::format("(\n{}\n)\nand on (gpuuuid)\n{}", indented(expression, "  "),
                     fill("ceems_compute_unit_gpu_index_flag{<J>}", options));
}

std::string device_watts(const RuleOptions& options) {
  const std::string counted = nvidia_gpus(fill("rate(DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION[<R>])", options));
  const std::string watts = fmt::format(
      "(\n{}\n) / 1e3\nor\n{}\nor\n{}\nor\n{}\nor\nmax by (gpuuuid) (\n{}\n) / 1e6", indented(counted, "  "),
      nvidia_gpus("DCGM_FI_DEV_POWER_USAGE_INSTANT"), nvidia_gpus("DCGM_FI_DEV_POWER_USAGE"),
      amd_gpus(kAmdPower), indented(amd_smi_parts(kAmdSmiPower, "gpu_power", options), "  "));
  return of_job(watts, options);
}

std::string effective_size() {
  return fmt::format("gpupart:ceems_gpu_sm_count:held\n* (\n{}\n)\n* (\n{}\n)",
                     indented(nvidia_parts("DCGM_FI_PROF_SM_ACTIVE"), "  "),
                     indented(nvidia_parts("DCGM_FI_PROF_SM_OCCUPANCY"), "  "));
}

Rule device_alias(std::string_view record, std::string_view expression, const RuleOptions& options) {
  return {.record = std::string(record), .expression = fill(expression, options)};
}

// Of the exporters of one scrape job: those of GPUs may have a job of their own.
std::string job_watts(const RuleOptions& options) {
  constexpr std::string_view kJobWatts = R"(
sum by (<job>) (max by (<job>, gpuuuid, UUID) (rate(DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{<J>}[<R>]) / 1e3))
or
sum by (<job>) (max by (<job>, gpuuuid, UUID) (DCGM_FI_DEV_POWER_USAGE_INSTANT{<J>}))
or
sum by (<job>) (max by (<job>, gpuuuid, UUID) (DCGM_FI_DEV_POWER_USAGE{<J>}))
or
sum by (<job>) (
  max by (<job>, gpuuuid, serial_number) ({__name__=~"(.+_)?gpu_package_power|gpu_power_usage"<,J>})
)
or
sum by (<job>) (amd_gpu_power{<J>} / 1e6)
)";
  return fill("<pue> * (", options) + "\n" + indented(fill(kJobWatts, options), "  ") + "\n)";
}

}  // namespace

RuleFile gpu_power_rules(const RuleOptions& options) {
  const std::string interval = group_interval(options);
  RuleGroup group{.name = "gpu-power-rules", .interval = interval};
  group.rules = {
      {.comment = "Watts of a GPU by its exporter, as dashboards may know them. Nothing below reads these.",
       .record = "dev:DCGM_FI_DEV_POWER_USAGE_INSTANT:pue",
       .expression = fill("<pue> * DCGM_FI_DEV_POWER_USAGE_INSTANT", options)},
      device_alias("dev:DCGM_FI_DEV_POWER_USAGE:pue", "<pue> * DCGM_FI_DEV_POWER_USAGE", options),
      device_alias("dev:amd_gpu_power_watts:pue", "<pue> * amd_gpu_power / 1e6", options),
      device_alias("dev:gpu_power_usage_watts:pue", "<pue> * gpu_power_usage", options),
      {.comment = "Watts of a GPU, PUE included, from one exporter however many tell of it: as its energy is "
                  "counted,\n"
                  "else as its power is told.",
       .record = "gpu:ceems_gpu_power_watts:pue",
       .expression = fill("<pue> * (", options) + "\n" + indented(device_watts(options), "  ") + "\n)"},
      {.comment = "The least of an hour: what it draws when nothing runs on it.",
       .record = "gpu:ceems_gpu_idle_power_watts:pue",
       .expression = "min_over_time(gpu:ceems_gpu_power_watts:pue[1h]) and gpu:ceems_gpu_power_watts:pue"},
      {.comment = "Multiprocessors of a GPU, or of each part of a divided one, that units hold.",
       .record = "gpupart:ceems_gpu_sm_count:held",
       .expression = fill(sized(kHeldSize, "    "), options)},
      {.comment = "Those of them that were at work, in the mean.",
       .record = "gpupart:ceems_gpu_effective_sm_count:held",
       .expression = effective_size()},
      {.comment = "The part's share of what the GPU draws idling, and of what it draws beyond that.",
       .record = "gpupart:ceems_gpu_share:size",
       .expression = fill(kShareOfSize, options)},
      {.record = "gpupart:ceems_gpu_share:dynamic", .expression = fill(kShareOfDynamic, options)},
      {.record = "gpupart:ceems_gpu_power_watts:pue", .expression = fill(kPartPower, options)},
      {.comment = "Watts of a unit: its share of the GPU, or part of one, that it holds.",
       .record = "uuid:ceems_gpu_power_watts:pue",
       .expression = fill(sized(kUnitPower, "  "), options)},
      {.comment = "Watts of a GPU that no unit holds. Units and this make up the GPU, at every instant.",
       .record = "gpu:ceems_gpu_unattributed_power_watts:pue",
       .expression = fill(kUnattributed, options)},
  };
  std::ranges::move(
      unit_emission_rules("uuid:ceems_gpu_emissions_g_s:pue", "uuid:ceems_gpu_power_watts:pue{<J>}",
                          "Grams of CO2 equivalent per second of a unit's GPUs.", options),
      std::back_inserter(group.rules));
  RuleGroup jobs{.name = "gpu-agg-power-rules", .interval = interval};
  jobs.rules.push_back({.comment = "Watts of all GPUs that exporters of a scrape job tell of.",
                        .record = "job:ceems_gpu_power_watts:pue",
                        .expression = job_watts(of_gpu_job(options))});
  std::ranges::move(
      job_emission_rules("job:ceems_gpu_emissions_g_s:pue", "job:ceems_gpu_power_watts:pue{<J>}",
                         "Grams of CO2 equivalent per second of all GPUs of a scrape job.",
                         of_gpu_job(options)),
      std::back_inserter(jobs.rules));
  return {.name = "gpu-power.rules",
          .comment =
              "Power and emissions of GPUs and of the units that hold them.\n"
              "Explained in docs/recording-rules.md; `ceems_tool rules render` writes it for other choices.",
          .groups = {std::move(group), std::move(jobs)}};
}

}  // namespace ceems::rules
