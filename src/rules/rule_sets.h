// One function per rule file. Internal to this room; render.h is the way in. The options have been checked.
#pragma once

#include "rules/options.h"
#include "rules/rule_file.h"

namespace ceems::rules {

// How much of its CPUs and memory each unit uses, and each scrape job on average.
RuleFile host_usage_rules(const RuleOptions& options);

// Power of hosts, each by the best source that it has, split among its units.
RuleFile host_power_rules(const RuleOptions& options);
// Emissions of units; power and emissions of scrape jobs.
RuleFile host_emissions_rules(const RuleOptions& options);

// Power and emissions of GPUs and of the units that hold them.
RuleFile gpu_power_rules(const RuleOptions& options);

// How much units use of the GPUs that they hold.
RuleFile gpu_usage_rules(const RuleOptions& options);

// What units read, write, send and receive per second.
RuleFile io_usage_rules(const RuleOptions& options);
RuleFile network_usage_rules(const RuleOptions& options);
RuleFile alert_rules(const RuleOptions& options);

}  // namespace ceems::rules
