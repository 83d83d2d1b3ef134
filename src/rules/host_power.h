// The power of hosts and units: what each source says of a host, which source a host is accounted by, and how
// units share it. Internal to this room.
//
// All of it is one group of rules, so that it is of one instant: what a host draws is decided before its
// units share it, and units and rest make up the host. In it, by the labels of a host,
//   instance:ceems_host_power_watts:pue{source}                   watts of a host, by its best source alone
//   instance:ceems_host_shared_power_watts:pue{source,shared_by}  the part that units share by "cpu_time", by
//                                                                 "memory", and in equal parts ("unit")
#pragma once

#include "rules/options.h"
#include "rules/rule_file.h"

#include <string>
#include <string_view>
#include <vector>

namespace ceems::rules {

// What a source adds to the group, up to the shared power. Rules of better sources come before.
std::vector<Rule> cray_rules(const RuleOptions& options);
// Redfish, IPMI, hwmon.
std::vector<Rule> node_meter_rules(PowerSource source, const RuleOptions& options);
std::vector<Rule> rapl_rules(const RuleOptions& options);
std::vector<Rule> power_model_rules(const RuleOptions& options);

// instance:ceems_rapl_joules_total:rate{domain}: watts of packages, DRAM and platform as RAPL counts them.
// Meters of whole nodes are shared in their proportion, so they come first of all.
std::vector<Rule> rapl_watts_rules(const RuleOptions& options);

// Watts of a host as Redfish, IPMI or hwmon measures them, by the labels of a host, without PUE; absent where
// it reads nothing.
std::string node_meter_watts(PowerSource source, const RuleOptions& options);

// The one place that decides which source a host is accounted by: instance:ceems_host_power_watts:pue of this
// one, unless a better one of the options' has a reading.
Rule host_power_rule(PowerSource source, std::string comment, const std::string& watts,
                     const RuleOptions& options);
// Its selector, summed by the labels of a host.
std::string recorded_host_power(PowerSource source, const RuleOptions& options);

// instance:ceems_host_shared_power_watts:pue of this source.
Rule shared_power_rule(PowerSource source, std::string_view shared_by, std::string comment,
                       std::string expression);

}  // namespace ceems::rules
