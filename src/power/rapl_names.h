// How the entries of the power capping tree become zones with names and numbers. Pure functions.
#pragma once

#include "power/rapl_zone.h"

#include <string>
#include <vector>

namespace ceems::power {

struct RaplEntry {
  std::string entry;  // "intel-rapl:0:0"
  std::string name;   // content of its file `name`, trimmed: "package-0", "dram"
};

// The entries that are not another way to the same zone, in the given order. Of two control types that both
// have a zone of one name, intel-rapl comes before intel-rapl-tpmi, and that before intel-rapl-mmio.
std::vector<RaplEntry> without_duplicates(std::vector<RaplEntry> entries);

// "package-3" is zone `package` with index 3. Any other name is kept, and numbered in the order of the
// entries.
std::vector<RaplZoneId> number_zones(const std::vector<RaplEntry>& entries, const std::string& powercap);

}  // namespace ceems::power
