#include "rules/rule_sets.h"
#include "rules/template.h"

#include <string>

#include <fmt/format.h>

namespace ceems::rules {

namespace {

// 1 kWh = 3.6e6 J: watts / 3.6e6 * g/kWh = g/s.
constexpr std::string_view kUnitPower = "uuid:ceems_host_power_watts:pue{<J>} / 3.6e6";
constexpr std::string_view kJobPower = "job:ceems_host_power_watts:pue{<J>} / 3.6e6";

// The last factor, also while the exporter that knows it is restarted or missed.
std::string factor(std::string_view matchers) {
  return fmt::format("last_over_time(ceems_emissions_gCo2_kWh{}[10m])", matchers);
}

std::string factor(const EmissionSource& source) {
  return factor(fmt::format("{{provider={},country_code={}}}", promql_quote(source.provider),
                            promql_quote(source.country_code)));
}

// Several exporters may publish one factor, at worst under different names of its country: topk takes one.
std::string one_factor(std::string_view factors) {
  return fmt::format(
      "topk by (provider, country_code) (\n  1, max by (provider, country_code, country) ({})\n)", factors);
}

Rule unit_rule(const EmissionSource& source, const RuleOptions& options) {
  return {.record = "uuid:ceems_host_emissions_g_s:pue",
          .expression =
              fmt::format("{}\n* on () group_left ()\nmax ({})", fill(kUnitPower, options), factor(source)),
          .labels = {{"provider", source.provider}}};
}

Rule job_rule(const EmissionSource& source, const RuleOptions& options) {
  return {.record = "job:ceems_host_emissions_g_s:pue",
          .expression = fmt::format("{}\n* on () group_left (country)\n{}", fill(kJobPower, options),
                                    one_factor(factor(source))),
          .labels = {{"provider", source.provider}, {"country_code", source.country_code}}};
}

// One known scrape job can be multiplied by all factors at once, as dashboards with a choice of country want.
Rule every_factor_rule(const RuleOptions& options) {
  return {.record = "job:ceems_host_emissions_g_s:pue",
          .expression = fmt::format("{}\n* on () group_left (job)\n(sum by (job) ({}))",
                                    one_factor(factor("")), fill(kJobPower, options))};
}

Rule static_rule(std::string record, std::string_view power, const RuleOptions& options) {
  return {.record = std::move(record),
          .expression = fmt::format("{} * {}", fill(power, options), options.emission_factor),
          .labels = {{"provider", "custom"}}};
}

}  // namespace

RuleFile host_emissions_rules(const RuleOptions& options) {
  const std::string interval = group_interval(options);
  RuleGroup units{.name = "host-emissions-rules", .interval = interval};
  RuleGroup jobs{.name = "host-agg-power-rules", .interval = interval};
  jobs.rules.push_back(
      {.comment = "Watts of all hosts of a scrape job.",
       .record = "job:ceems_host_power_watts:pue",
       .expression = fill("sum by (<job>) (instance:ceems_host_power_watts:pue{<J>})", options)});

  if (options.emission_factor > 0) {
    units.rules.push_back(static_rule("uuid:ceems_host_emissions_g_s:pue", kUnitPower, options));
    jobs.rules.push_back(static_rule("job:ceems_host_emissions_g_s:pue", kJobPower, options));
  } else {
    for (const EmissionSource& source : options.emission_sources)
      units.rules.push_back(unit_rule(source, options));
    if (!options.job.empty()) {
      jobs.rules.push_back(every_factor_rule(options));
    } else {
      for (const EmissionSource& source : options.emission_sources)
        jobs.rules.push_back(job_rule(source, options));
    }
  }
  if (!units.rules.empty()) units.rules.front().comment = "Grams of CO2 equivalent per second of a unit.";
  if (jobs.rules.size() > 1)
    jobs.rules[1].comment = "Grams of CO2 equivalent per second of all hosts of a scrape job.";

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
