#include "rules/host_power.h"
#include "rules/template.h"

#include <string>
#include <utility>
#include <vector>

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

}  // namespace

std::vector<Rule> rapl_watts_rules(const RuleOptions& options) {
  return {
      watts_rule(
          "Watts of a host's packages, DRAM and platform as RAPL counts them. The platform contains the "
          "other two.",
          fill(kPackageWatts, options), "package"),
      watts_rule("", fill(kDramWatts, options), "dram"),
      watts_rule("", fill(kPsysWatts, options), "psys"),
  };
}

std::vector<Rule> rapl_rules(const RuleOptions& options) {
  return {
      {.comment = "rapl: counters times PUE, as dashboards may know them. Nothing below reads these.",
       .record = "instance:ceems_rapl_package_joules_total:pue",
       .expression = fill(kPackageJoules, options)},
      {.record = "instance:ceems_rapl_dram_joules_total:pue", .expression = fill(kDramJoules, options)},
      host_power_rule(
          PowerSource::kRapl,
          "Watts of a host, PUE included: the platform where it is counted and plausible, else package\n"
          "plus DRAM, else package alone. A host with a better source is left to it.",
          fill(kHostPower, options), options),
      shared_power_rule(
          PowerSource::kRapl, "cpu_time",
          "What units share by CPU time, and by memory: host power in the proportion of package to DRAM.",
          fill(kSharedByCpuTime, options)),
      shared_power_rule(PowerSource::kRapl, "memory", "", fill(kSharedByMemory, options)),
  };
}

}  // namespace ceems::rules
