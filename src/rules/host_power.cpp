#include "rules/host_power.h"

#include "base/text.h"
#include "rules/template.h"

#include <string>

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

constexpr std::string_view kUnattributed = R"(
<power>
- on (<host>) group_left ()
sum by (<host>) (uuid:ceems_host_power_watts:pue{<J>})
or
<power>
)";

std::string share(std::string_view measure, std::string_view watts, const RuleOptions& options) {
  return fill(base::replace_all(std::string(measure), "<watts>", watts), options);
}

std::string named_part(std::string_view part, std::string_view name) {
  return fmt::format("  label_replace(\n{},\n    \"shared_by\", \"{}\", \"\", \"\"\n  )",
                     indented(part, "    "), name);
}

}  // namespace

Rule unit_power_rule(const HostShares& shares, const RuleOptions& options) {
  std::string expression = share(kByCpuTime, shares.by_cpu_time, options);
  if (!shares.by_memory.empty()) {
    const std::string by_memory = share(kByMemory, shares.by_memory, options);
    expression = fmt::format("sum without (shared_by) (\n{}\n  or\n{}\n)", named_part(expression, "cpu_time"),
                             named_part(by_memory, "memory"));
  }
  return {.comment = "Watts of a unit: its share of what its host's units share.",
          .record = "uuid:ceems_host_power_watts:pue",
          .expression = std::move(expression)};
}

Rule unattributed_power_rule(PowerSource source, const RuleOptions& options) {
  const std::string host =
      fmt::format("instance:ceems_host_power_watts:pue{{source=\"{}\"<,J>}}", power_source_name(source));
  return {.comment = "Watts of a host that no unit used. Units and this make up the host, at every instant.",
          .record = "instance:ceems_host_unattributed_power_watts:pue",
          .expression = fill(base::replace_all(std::string(kUnattributed), "<power>", host), options)};
}

}  // namespace ceems::rules
