// The table of processor families: power of one logical processor. See cpu_power.h and data/README.md.
#pragma once

#include "power/cpu_info.h"

#include <string>

namespace ceems::power {

struct FamilyPower {
  std::string name;       // "AMD EPYC 3rd Gen"
  double idle_watts = 0;  // per logical processor
  double full_watts = 0;
};

// By vendor, family, model and stepping; "unknown processor", with the averages of all families, if none
// fits.
FamilyPower find_family_power(const CpuInfo& info);

}  // namespace ceems::power
