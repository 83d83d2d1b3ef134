#include "rules/emission_rules.h"

#include "rules/template.h"

#include <utility>

#include <fmt/format.h>

namespace ceems::rules {

namespace {

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

// 1 kWh = 3.6e6 J: watts / 3.6e6 * g/kWh = g/s.
std::string per_kilowatt_hour(std::string_view power, const RuleOptions& options) {
  return fill(power, options) + " / 3.6e6";
}

Rule unit_rule(std::string_view record, std::string_view power, const EmissionSource& source,
               const RuleOptions& options) {
  return {.record = std::string(record),
          .expression = fmt::format("{}\n* on () group_left ()\nmax ({})", per_kilowatt_hour(power, options),
                                    factor(source)),
          .labels = {{"provider", source.provider}}};
}

Rule job_rule(std::string_view record, std::string_view power, const EmissionSource& source,
              const RuleOptions& options) {
  return {.record = std::string(record),
          .expression = fmt::format("{}\n* on () group_left (country)\n{}", per_kilowatt_hour(power, options),
                                    one_factor(factor(source))),
          .labels = {{"provider", source.provider}, {"country_code", source.country_code}}};
}

// One known scrape job can be multiplied by all factors at once, as dashboards with a choice of country want.
Rule every_factor_rule(std::string_view record, std::string_view power, const RuleOptions& options) {
  return {.record = std::string(record),
          .expression = fmt::format("{}\n* on () group_left (job)\n(sum by (job) ({}))",
                                    one_factor(factor("")), per_kilowatt_hour(power, options))};
}

Rule static_rule(std::string_view record, std::string_view power, const RuleOptions& options) {
  return {.record = std::string(record),
          .expression = fmt::format("{} * {}", per_kilowatt_hour(power, options), options.emission_factor),
          .labels = {{"provider", options.emission_factor_provider}}};
}

}  // namespace

std::vector<Rule> unit_emission_rules(std::string_view record, std::string_view power, std::string comment,
                                      const RuleOptions& options) {
  std::vector<Rule> rules;
  if (options.emission_factor > 0) {
    rules.push_back(static_rule(record, power, options));
  } else {
    for (const EmissionSource& source : options.emission_sources)
      rules.push_back(unit_rule(record, power, source, options));
  }
  if (!rules.empty()) rules.front().comment = std::move(comment);
  return rules;
}

std::vector<Rule> job_emission_rules(std::string_view record, std::string_view power, std::string comment,
                                     const RuleOptions& options) {
  std::vector<Rule> rules;
  if (options.emission_factor > 0) {
    rules.push_back(static_rule(record, power, options));
  } else if (!options.job.empty()) {
    rules.push_back(every_factor_rule(record, power, options));
  } else {
    for (const EmissionSource& source : options.emission_sources)
      rules.push_back(job_rule(record, power, source, options));
  }
  if (!rules.empty()) rules.front().comment = std::move(comment);
  return rules;
}

}  // namespace ceems::rules
