#include "rules/host_power.h"
#include "rules/rule_sets.h"
#include "rules/template.h"

#include <string>

namespace ceems::rules {

namespace {

constexpr std::string_view kHostPower = R"(
<pue> * sum by (<host>) (rate(ceems_estimated_energy_joules_total{domain="package"<,J>}[<R>]))
)";

// A meter is better than an estimate, if there are rules for it.
std::string host_power(const RuleOptions& options) {
  std::string estimate = fill(kHostPower, options);
  if (!has_power_source(options, PowerSource::kRapl)) return estimate;
  return estimate + "\n" + fill("unless on (<host>)", options) + "\n(\n" +
         indented(rapl_package_watts(options), "  ") + "\n)";
}

}  // namespace

RuleFile host_power_model_rules(const RuleOptions& options) {
  RuleGroup group{.name = "host-power-model-rules", .interval = group_interval(options)};
  group.rules = {
      {.comment = has_power_source(options, PowerSource::kRapl)
                      ? "Watts of a host as the exporter estimates them, PUE included. A host with RAPL "
                        "counters is\n"
                        "left to host-power-rapl.rules."
                      : "Watts of a host as the exporter estimates them, PUE included.",
       .record = "instance:ceems_host_power_watts:pue",
       .expression = host_power(options),
       .labels = {{"source", "power-model"}}},
      unit_power_rule(
          {.by_cpu_time = "instance:ceems_host_power_watts:pue{source=\"power-model\"<,J>}", .by_memory = ""},
          options),
      unattributed_power_rule(PowerSource::kPowerModel, options),
  };
  return {.name = "host-power-model.rules",
          .comment =
              "Power of hosts without a meter, as the exporter estimates it, and of the units on them.\n"
              "Explained in docs/recording-rules.md; `ceems_tool rules render` writes it for other choices.",
          .groups = {std::move(group)}};
}

}  // namespace ceems::rules
