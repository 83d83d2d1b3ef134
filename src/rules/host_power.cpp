#include "rules/host_power.h"

#include "base/text.h"
#include "rules/rule_sets.h"
#include "rules/template.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace ceems::rules {

namespace {

// Counters of units and of their host are read one after the other, so that on a full host the units may seem
// to have run a little more than the host did.
constexpr std::string_view kByCpuTime = R"(
(
  rate(ceems_compute_unit_cpu_user_seconds_total{<J>}[<R>])
  + rate(ceems_compute_unit_cpu_system_seconds_total{<J>}[<R>])
)
* on (<host>) group_left ()
(
  <watts>
  / on (<host>)
  clamp_min(
    sum by (<host>) (
      rate(ceems_compute_unit_cpu_user_seconds_total{<J>}[<R>])
      + rate(ceems_compute_unit_cpu_system_seconds_total{<J>}[<R>])
    )
    > sum by (<host>) (rate(ceems_cpu_seconds_total{mode=~"user|nice|system|irq|softirq"<,J>}[<R>]))
    or
    sum by (<host>) (rate(ceems_cpu_seconds_total{mode=~"user|nice|system|irq|softirq"<,J>}[<R>])),
    1e-6
  )
)
)";

constexpr std::string_view kByMemory = R"(
ceems_compute_unit_memory_used_bytes{<J>}
* on (<host>) group_left ()
(
  <watts>
  / on (<host>)
  clamp_min(
    sum by (<host>) (ceems_compute_unit_memory_used_bytes{<J>})
    > sum by (<host>) (ceems_meminfo_MemTotal_bytes{<J>} - ceems_meminfo_MemAvailable_bytes{<J>})
    or
    sum by (<host>) (ceems_meminfo_MemTotal_bytes{<J>} - ceems_meminfo_MemAvailable_bytes{<J>}),
    1
  )
)
)";

constexpr std::string_view kByUnit = R"(
(ceems_compute_unit_cpu_user_seconds_total{<J>} * 0 + 1)
* on (<host>) group_left ()
(
  <watts>
  / on (<host>)
  count by (<host>) (ceems_compute_unit_cpu_user_seconds_total{<J>})
)
)";

constexpr std::string_view kUnattributed = R"(
instance:ceems_host_power_watts:pue{<J>}
- on (<host>) group_left ()
sum by (<host>) (uuid:ceems_host_power_watts:pue{<J>})
or
instance:ceems_host_power_watts:pue{<J>}
)";

std::string part(std::string_view measure, std::string_view shared_by, const RuleOptions& options) {
  const std::string watts =
      fmt::format("instance:ceems_host_shared_power_watts:pue{{shared_by=\"{}\"<,J>}}", shared_by);
  const std::string filled = fill(base::replace_all(std::string(measure), "<watts>", watts), options);
  return fmt::format("  label_replace(\n{},\n    \"shared_by\", \"{}\", \"\", \"\"\n  )",
                     indented(filled, "    "), shared_by);
}

Rule unit_power_rule(const RuleOptions& options) {
  return {.comment = "Watts of a unit: its share of what its host's units share.",
          .record = "uuid:ceems_host_power_watts:pue",
          .expression = fmt::format("sum without (shared_by) (\n{}\n  or\n{}\n  or\n{}\n)",
                                    part(kByCpuTime, "cpu_time", options), part(kByMemory, "memory", options),
                                    part(kByUnit, "unit", options))};
}

void add(std::vector<Rule>& rules, std::vector<Rule> more) {
  std::ranges::move(more, std::back_inserter(rules));
}

std::vector<Rule> rules_of(PowerSource source, const RuleOptions& options) {
  switch (source) {
    case PowerSource::kCray:
      return cray_rules(options);
    case PowerSource::kRedfish:
    case PowerSource::kIpmi:
    case PowerSource::kHwmon:
      return node_meter_rules(source, options);
    case PowerSource::kRapl:
      return rapl_rules(options);
    case PowerSource::kPowerModel:
      return power_model_rules(options);
  }
  return {};
}

// Whether what RAPL counts matters: by itself, or for the proportion.
bool needs_rapl(const RuleOptions& options) {
  return std::ranges::any_of(
      std::array{PowerSource::kRapl, PowerSource::kRedfish, PowerSource::kIpmi, PowerSource::kHwmon},
      [&](PowerSource source) { return has_power_source(options, source); });
}

}  // namespace

Rule host_power_rule(PowerSource source, std::string comment, const std::string& watts,
                     const RuleOptions& options) {
  std::string better;
  for (const PowerSource other : all_power_sources()) {
    if (other == source) break;
    if (!has_power_source(options, other)) continue;
    better += fmt::format("{}{}", better.empty() ? "" : "|", power_source_name(other));
  }
  std::string expression = watts;
  if (!better.empty())
    expression += fill(
        fmt::format("\nunless on (<host>) instance:ceems_host_power_watts:pue{{source=~\"{}\"<,J>}}", better),
        options);
  return {.comment = std::move(comment),
          .record = "instance:ceems_host_power_watts:pue",
          .expression = std::move(expression),
          .labels = {{"source", std::string(power_source_name(source))}}};
}

std::string recorded_host_power(PowerSource source, const RuleOptions& options) {
  return fill(fmt::format("sum by (<host>) (instance:ceems_host_power_watts:pue{{source=\"{}\"<,J>}})",
                          power_source_name(source)),
              options);
}

Rule shared_power_rule(PowerSource source, std::string_view shared_by, std::string comment,
                       std::string expression) {
  return {
      .comment = std::move(comment),
      .record = "instance:ceems_host_shared_power_watts:pue",
      .expression = std::move(expression),
      .labels = {{"source", std::string(power_source_name(source))}, {"shared_by", std::string(shared_by)}}};
}

RuleFile host_power_rules(const RuleOptions& options) {
  RuleGroup group{.name = "host-power-rules", .interval = group_interval(options)};
  if (needs_rapl(options)) add(group.rules, rapl_watts_rules(options));
  for (const PowerSource source : all_power_sources())
    if (has_power_source(options, source)) add(group.rules, rules_of(source, options));
  group.rules.push_back(unit_power_rule(options));
  group.rules.push_back(
      {.comment = "Watts of a host that no unit used. Units and this make up the host, at every instant.",
       .record = "instance:ceems_host_unattributed_power_watts:pue",
       .expression = fill(kUnattributed, options)});
  return {.name = "host-power.rules",
          .comment =
              "Power of hosts, each by the best source that it has, and of the units on them.\n"
              "Explained in docs/recording-rules.md; `ceems_tool rules render` writes it for other choices.",
          .groups = {std::move(group)}};
}

}  // namespace ceems::rules
