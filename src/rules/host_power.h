// What the rules of every power source have in common: host watts in, unit watts out. Internal to this room.
#pragma once

#include "rules/options.h"
#include "rules/rule_file.h"

#include <string>
#include <string_view>

namespace ceems::rules {

// Which series hold the watts that the units of a host share, by what measure.
struct HostShares {
  std::string_view by_cpu_time;  // a selector, at most one series per host
  std::string_view by_memory;    // the same; empty if this source has none
};

// uuid:ceems_host_power_watts:pue. A unit's share is its CPU time over the host's, or its memory over the
// host's; over the sum of its units where that is more, so that shares never exceed one. A share that cannot
// be told for want of a series counts as nothing; a unit without any share has no power.
Rule unit_power_rule(const HostShares& shares, const RuleOptions& options);

// instance:ceems_host_unattributed_power_watts:pue, host power less what its units got. To follow the unit
// power in the same group: then both are of one instant, and units and rest make up the host.
Rule unattributed_power_rule(PowerSource source, const RuleOptions& options);

// Watts of all packages of a host as RAPL counted them, by the labels of a host. Absent where there is no
// counter, or one that stands still, as some virtual machines show.
std::string rapl_package_watts(const RuleOptions& options);

}  // namespace ceems::rules
