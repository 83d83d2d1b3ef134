#include "base/text.h"
#include "rules/host_power.h"
#include "rules/template.h"

#include <string>
#include <utility>
#include <vector>

namespace ceems::rules {

namespace {

constexpr std::string_view kReadings = "<pue> * ceems_cray_pm_counters_power_watts{<J>}";

// A node's number contains its accelerators, which have an account of their own. Processors and memory may
// be counted in one file each, or in several with numbers.
constexpr std::string_view kDomain = R"(
sum by (<host>) (
  rate(ceems_cray_pm_counters_energy_joules_total{domain=~"@domain@"<,J>}[<R>])
  or
  avg_over_time(ceems_cray_pm_counters_power_watts{domain=~"@domain@"<,J>}[<R>])
)
)";

// Counters of a controller that hangs stand still: that is no reading.
constexpr std::string_view kHostPower = R"(
<pue> * (
  clamp_min(
    (sum by (<host>) (instance:ceems_cray_power_watts:rate{domain="node"<,J>}) > 0)
    - on (<host>)
    sum by (<host>) (instance:ceems_cray_power_watts:rate{domain="accel"<,J>}),
    0
  )
  or
  (sum by (<host>) (instance:ceems_cray_power_watts:rate{domain="node"<,J>}) > 0)
)
)";

// Parts are measured beside the whole: where they are more, they are scaled down to it.
constexpr std::string_view kShare = R"(
@power@
* on (<host>)
(
  <pue> * sum by (<host>) (instance:ceems_cray_power_watts:rate{domain="@domain@"<,J>})
  / on (<host>)
  clamp_min(
    <pue> * sum by (<host>) (instance:ceems_cray_power_watts:rate{domain=~"cpu|memory"<,J>})
    > on (<host>)
    @power@
    or
    @power@,
    1e-6
  )
)
)";

constexpr std::string_view kRest = R"(
clamp_min(
  @power@
  - on (<host>)
  sum by (<host>) (instance:ceems_host_shared_power_watts:pue{source="cray",shared_by=~"cpu_time|memory"<,J>}),
  0
)
or
@power@
)";

std::string domain(std::string_view pattern, const RuleOptions& options) {
  return base::replace_all(fill(kDomain, options), "@domain@", pattern);
}

std::string with_power(std::string_view text, const RuleOptions& options) {
  return base::replace_all(fill(text, options), "@power@", recorded_host_power(PowerSource::kCray, options));
}

std::string share(std::string_view of, const RuleOptions& options) {
  return base::replace_all(with_power(kShare, options), "@domain@", of);
}

Rule domain_rule(std::string comment, std::string_view pattern, std::string name,
                 const RuleOptions& options) {
  return {.comment = std::move(comment),
          .record = "instance:ceems_cray_power_watts:rate",
          .expression = domain(pattern, options),
          .labels = {{"domain", std::move(name)}}};
}

}  // namespace

std::vector<Rule> cray_rules(const RuleOptions& options) {
  return {
      {.comment = "cray: readings times PUE, as dashboards may know them. Nothing below reads these.",
       .record = "instance:ceems_cray_pm_counters_power_watts:pue",
       .expression = fill(kReadings, options)},
      domain_rule("Watts of a host and its processors, memory and accelerators, as counted, else as told.",
                  "node", "node", options),
      domain_rule("", "cpu[0-9]*", "cpu", options),
      domain_rule("", "memory[0-9]*", "memory", options),
      domain_rule("", "accel[0-9]*", "accel", options),
      host_power_rule(PowerSource::kCray, "Watts of a host without its accelerators, PUE included.",
                      fill(kHostPower, options), options),
      shared_power_rule(
          PowerSource::kCray, "cpu_time",
          "What units share by CPU time, by memory, and in equal parts: processors, memory, and "
          "the rest.",
          share("cpu", options)),
      shared_power_rule(PowerSource::kCray, "memory", "", share("memory", options)),
      shared_power_rule(PowerSource::kCray, "unit", "", with_power(kRest, options)),
  };
}

}  // namespace ceems::rules
