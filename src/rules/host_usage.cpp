#include "rules/rule_sets.h"
#include "rules/template.h"

namespace ceems::rules {

namespace {

constexpr std::string_view kUnitCpu = R"(
100
* (
  irate(ceems_compute_unit_cpu_user_seconds_total{<J>}[<R>])
  + irate(ceems_compute_unit_cpu_system_seconds_total{<J>}[<R>])
)
/ (ceems_compute_unit_cpus{<J>} > 0)
)";

constexpr std::string_view kUnitMemory = R"(
100 * ceems_compute_unit_memory_used_bytes{<J>}
/ (ceems_compute_unit_memory_total_bytes{<J>} > 0)
)";

constexpr std::string_view kJobCpu = R"(
100
* avg by (<job>) (
  sum by (<host>) (irate(ceems_cpu_seconds_total{mode=~"user|nice|system|irq|softirq"<,J>}[<R>]))
  / on (<host>) (sum by (<host>) (ceems_cpu_count{<J>}) > 0)
)
)";

constexpr std::string_view kJobMemory = R"(
100
* avg by (<job>) (
  1 - ceems_meminfo_MemAvailable_bytes{<J>} / (ceems_meminfo_MemTotal_bytes{<J>} > 0)
)
)";

}  // namespace

RuleFile host_usage_rules(const RuleOptions& options) {
  const std::string interval = group_interval(options);
  return {.name = "host-usage.rules",
          .comment =
              "How much of their CPUs and memory units and hosts use.\n"
              "Explained in docs/recording-rules.md; `ceems_tool rules render` writes it for other choices.",
          .groups = {
              {.name = "host-cpu-mem-usage-rules",
               .interval = interval,
               .rules = {{.comment = "Percent of the CPUs that the unit was given.",
                          .record = "uuid:ceems_cpu_usage:ratio_irate",
                          .expression = fill(kUnitCpu, options)},
                         {.comment = "Percent of the memory that the unit was given.",
                          .record = "uuid:ceems_cpu_memory_usage:ratio",
                          .expression = fill(kUnitMemory, options)}}},
              {.name = "host-agg-cpu-usage-rules",
               .interval = interval,
               .rules = {
                   {.comment = "Percent of the logical CPUs of a host, mean over the hosts of a scrape job.",
                    .record = "job:ceems_cpu_usage:avg_ratio_irate",
                    .expression = fill(kJobCpu, options)},
                   {.comment = "Percent of the memory of a host, mean over the hosts of a scrape job.",
                    .record = "job:ceems_cpu_memory_usage:avg_ratio",
                    .expression = fill(kJobMemory, options)}}}}};
}

}  // namespace ceems::rules
