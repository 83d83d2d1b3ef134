// Sources that measure a whole node and know nothing of its parts: Redfish, IPMI, hwmon.
#include "base/text.h"
#include "rules/gpu.h"
#include "rules/host_power.h"
#include "rules/template.h"

#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace ceems::rules {

namespace {

// By the name of the host in `instance`, since GPUs may be scraped from another exporter.
constexpr std::string_view kWithoutGpus = R"(
<pue> * max by (<host>) (
  clamp_min(
    label_replace(
@watts@,
      "instancehost", "$1", "instance", "(.+?)(:[0-9]+)?"
    )
    - on (instancehost) group_left ()
    (
@gpus@
    ),
    0
  )
  or on (<host>)
@watts_again@
)
)";

// In the proportion of package to DRAM where RAPL counts both, else by CPU time alone.
constexpr std::string_view kShare = R"(
@power@
* (1 - @misc@)
* on (<host>)
(
  sum by (<host>) (instance:ceems_rapl_joules_total:rate{domain="@domain@"<,J>})
  / on (<host>)
  (
    sum by (<host>) (instance:ceems_rapl_joules_total:rate{domain="package"<,J>})
    + on (<host>)
    sum by (<host>) (instance:ceems_rapl_joules_total:rate{domain="dram"<,J>})
  )
)
)";
constexpr std::string_view kShareWithoutRapl = R"(
or
@power@
* (1 - @misc@)
)";

// That dashboards know times PUE.
std::vector<std::string_view> metrics_of(PowerSource source) {
  switch (source) {
    case PowerSource::kRedfish:
      return {"ceems_redfish_power_current_watts", "ceems_redfish_current_watts"};
    case PowerSource::kIpmi:
      return {"ceems_ipmi_dcmi_power_current_watts", "ceems_ipmi_dcmi_current_watts"};
    default:
      return {"ceems_hwmon_power_current_watts"};
  }
}

std::string host_power(PowerSource source, const RuleOptions& options) {
  const std::string watts = node_meter_watts(source, options);
  if (!options.gpu_in_host_power) return fill("<pue> * (", options) + "\n" + indented(watts, "  ") + "\n)";
  std::string power = base::replace_all(fill(kWithoutGpus, options), "@watts@", indented(watts, "      "));
  power = base::replace_all(power, "@watts_again@", "  (\n" + indented(watts, "    ") + "\n  )");
  return base::replace_all(power, "@gpus@", indented(gpu_watts_of_hosts(options), "      "));
}

std::string share(std::string_view text, PowerSource source, std::string_view domain,
                  const RuleOptions& options) {
  std::string filled =
      base::replace_all(fill(text, options), "@power@", recorded_host_power(source, options));
  filled = base::replace_all(filled, "@misc@", fmt::format("{}", options.misc_fraction));
  return base::replace_all(filled, "@domain@", domain);
}

}  // namespace

std::vector<Rule> node_meter_rules(PowerSource source, const RuleOptions& options) {
  const std::string name(power_source_name(source));
  std::vector<Rule> rules;
  for (const std::string_view metric : metrics_of(source))
    rules.push_back({.record = fmt::format("instance:{}:pue", metric),
                     .expression = fill(fmt::format("<pue> * {}{{<J>}}", metric), options)});
  rules.front().comment =
      fmt::format("{}: readings times PUE, as dashboards may know them. Nothing below reads these.", name);
  rules.push_back(host_power_rule(
      source,
      options.gpu_in_host_power
          ? "Watts of a host without its GPUs, PUE included. A host with a better source is left to it."
          : "Watts of a host, PUE included. A host with a better source is left to it.",
      host_power(source, options), options));
  rules.push_back(shared_power_rule(
      source, "cpu_time", "What units share by CPU time, by memory where RAPL tells, and in equal parts.",
      share(kShare, source, "package", options) + "\n" +
          share(kShareWithoutRapl, source, "package", options)));
  rules.push_back(shared_power_rule(source, "memory", "", share(kShare, source, "dram", options)));
  rules.push_back(
      shared_power_rule(source, "unit", "",
                        fmt::format("{} * {}", recorded_host_power(source, options), options.misc_fraction)));
  return rules;
}

}  // namespace ceems::rules
