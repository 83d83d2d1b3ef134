#include "rules/emission_rules.h"
#include "rules/rule_sets.h"
#include "rules/template.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

namespace ceems::rules {

namespace {

constexpr std::string_view kUnitPower = "uuid:ceems_host_power_watts:pue{<J>}";
constexpr std::string_view kJobPower = "job:ceems_host_power_watts:pue{<J>}";

}  // namespace

RuleFile host_emissions_rules(const RuleOptions& options) {
  const std::string interval = group_interval(options);
  RuleGroup units{.name = "host-emissions-rules", .interval = interval};
  RuleGroup jobs{.name = "host-agg-power-rules", .interval = interval};
  units.rules = unit_emission_rules("uuid:ceems_host_emissions_g_s:pue", kUnitPower,
                                    "Grams of CO2 equivalent per second of a unit.", options);
  jobs.rules.push_back(
      {.comment = "Watts of all hosts of a scrape job.",
       .record = "job:ceems_host_power_watts:pue",
       .expression = fill("sum by (<job>) (instance:ceems_host_power_watts:pue{<J>})", options)});
  std::ranges::move(
      job_emission_rules("job:ceems_host_emissions_g_s:pue", kJobPower,
                         "Grams of CO2 equivalent per second of all hosts of a scrape job.", options),
      std::back_inserter(jobs.rules));

  RuleFile file{
      .name = "host-emissions.rules",
      .comment =
          "Emissions of units; power and emissions of scrape jobs.\n"
          "Explained in docs/recording-rules.md; for other countries, providers or a fixed factor:\n"
          "`ceems_tool rules render --country-code=FR` or `--emission-factor=50`.",
      .groups = {}};
  if (!units.rules.empty()) file.groups.push_back(std::move(units));
  file.groups.push_back(std::move(jobs));
  return file;
}

}  // namespace ceems::rules
