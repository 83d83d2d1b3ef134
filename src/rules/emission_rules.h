// Rules that turn recorded watts into grams of CO2 equivalent per second. Internal to this room.
#pragma once

#include "rules/options.h"
#include "rules/rule_file.h"

#include <string>
#include <string_view>
#include <vector>

namespace ceems::rules {

// For each emission source, or the fixed factor, a rule that records the emissions of units from their power,
// a selector; the first has `comment`.
std::vector<Rule> unit_emission_rules(std::string_view record, std::string_view power, std::string comment,
                                      const RuleOptions& options);

// The same of scrape jobs.
std::vector<Rule> job_emission_rules(std::string_view record, std::string_view power, std::string comment,
                                     const RuleOptions& options);

}  // namespace ceems::rules
