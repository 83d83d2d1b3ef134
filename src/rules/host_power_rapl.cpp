#include "rules/host_power.h"
#include "rules/rule_sets.h"
#include "rules/template.h"

namespace ceems::rules {

namespace {

// Zones with -mmio in their path are the same packages through another interface.

// Counters as older dashboards know them. Nothing here reads them: a new PUE would look like a jump of
// energy.
constexpr std::string_view kPackageJoules = R"(
<pue> * {__name__=~"ceems_rapl_package(_[0-9]+_die_[0-9]+)?_joules_total",path!~".*-mmio.*"<,J>}
or
<pue> * ceems_rapl_joules_total{rapl_zone=~"package(-[0-9]+-die-[0-9]+)?",path!~".*-mmio.*"<,J>}
)";

constexpr std::string_view kDramJoules = R"(
<pue> * ceems_rapl_dram_joules_total{path!~".*-mmio.*"<,J>}
or
<pue> * ceems_rapl_joules_total{rapl_zone="dram",path!~".*-mmio.*"<,J>}
)";

constexpr std::string_view kPackageWatts = R"(
(
  sum by (<host>) (
    rate({__name__=~"ceems_rapl_package(_[0-9]+_die_[0-9]+)?_joules_total",path!~".*-mmio.*"<,J>}[<R>])
  )
  or
  sum by (<host>) (
    rate(ceems_rapl_joules_total{rapl_zone=~"package(-[0-9]+-die-[0-9]+)?",path!~".*-mmio.*"<,J>}[<R>])
  )
) > 0
)";

constexpr std::string_view kDramWatts = R"(
sum by (<host>) (rate(ceems_rapl_dram_joules_total{path!~".*-mmio.*"<,J>}[<R>]))
or
sum by (<host>) (rate(ceems_rapl_joules_total{rapl_zone="dram",path!~".*-mmio.*"<,J>}[<R>]))
)";

constexpr std::string_view kPsysWatts = R"(
sum by (<host>) (rate(ceems_rapl_psys_joules_total{path!~".*-mmio.*"<,J>}[<R>]))
or
sum by (<host>) (rate(ceems_rapl_joules_total{rapl_zone="psys",path!~".*-mmio.*"<,J>}[<R>]))
)";

constexpr std::string_view kHostPower = R"(
<pue> * (
  sum by (<host>) (instance:ceems_rapl_joules_total:rate{domain="psys"<,J>})
  > sum by (<host>) (instance:ceems_rapl_joules_total:rate{domain=~"package|dram"<,J>})
  or
  sum by (<host>) (instance:ceems_rapl_joules_total:rate{domain=~"package|dram"<,J>})
)
and on (<host>) instance:ceems_rapl_joules_total:rate{domain="package"<,J>}
)";

constexpr std::string_view kSharedByCpuTime = R"(
sum by (<host>) (instance:ceems_host_power_watts:pue{source="rapl"<,J>})
* sum by (<host>) (instance:ceems_rapl_joules_total:rate{domain="package"<,J>})
/ sum by (<host>) (instance:ceems_rapl_joules_total:rate{domain=~"package|dram"<,J>})
)";

constexpr std::string_view kSharedByMemory = R"(
sum by (<host>) (instance:ceems_host_power_watts:pue{source="rapl"<,J>})
* sum by (<host>) (instance:ceems_rapl_joules_total:rate{domain="dram"<,J>})
/ sum by (<host>) (instance:ceems_rapl_joules_total:rate{domain=~"package|dram"<,J>})
)";

Rule watts_rule(std::string comment, std::string watts, std::string domain) {
  return {.comment = std::move(comment),
          .record = "instance:ceems_rapl_joules_total:rate",
          .expression = std::move(watts),
          .labels = {{"domain", std::move(domain)}}};
}

Rule shared_rule(std::string comment, std::string_view watts, std::string by, const RuleOptions& options) {
  return {.comment = std::move(comment),
          .record = "instance:ceems_host_shared_power_watts:pue",
          .expression = fill(watts, options),
          .labels = {{"source", "rapl"}, {"shared_by", std::move(by)}}};
}

}  // namespace

std::string rapl_package_watts(const RuleOptions& options) {
  return fill(kPackageWatts, options);
}

RuleFile host_power_rapl_rules(const RuleOptions& options) {
  RuleGroup group{.name = "host-power-rapl-rules", .interval = group_interval(options)};
  group.rules = {
      {.comment = "The counters times PUE, as dashboards may know them. Nothing below reads these two.",
       .record = "instance:ceems_rapl_package_joules_total:pue",
       .expression = fill(kPackageJoules, options)},
      {.record = "instance:ceems_rapl_dram_joules_total:pue", .expression = fill(kDramJoules, options)},
      watts_rule("Watts of a host's packages, DRAM and platform. The platform contains the other two.",
                 rapl_package_watts(options), "package"),
      watts_rule("", fill(kDramWatts, options), "dram"),
      watts_rule("", fill(kPsysWatts, options), "psys"),
      {.comment =
           "Watts of a host, PUE included: the platform where it is counted and plausible, else package\n"
           "plus DRAM, else package alone.",
       .record = "instance:ceems_host_power_watts:pue",
       .expression = fill(kHostPower, options),
       .labels = {{"source", "rapl"}}},
      shared_rule(
          "What units share by CPU time, and by memory: host power in the proportion of package to DRAM.",
          kSharedByCpuTime, "cpu_time", options),
      shared_rule("", kSharedByMemory, "memory", options),
      unit_power_rule(
          {.by_cpu_time =
               "instance:ceems_host_shared_power_watts:pue{source=\"rapl\",shared_by=\"cpu_time\"<,J>}",
           .by_memory =
               "instance:ceems_host_shared_power_watts:pue{source=\"rapl\",shared_by=\"memory\"<,J>}"},
          options),
      unattributed_power_rule(PowerSource::kRapl, options),
  };
  return {.name = "host-power-rapl.rules",
          .comment =
              "Power of hosts whose CPUs count their energy (RAPL), and of the units on them.\n"
              "Explained in docs/recording-rules.md; `ceems_tool rules render` writes it for other choices.",
          .groups = {std::move(group)}};
}

}  // namespace ceems::rules
