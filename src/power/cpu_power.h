// What power a processor may draw, by table: for machines that have no meter. An estimate, not a measurement.
//
// Two tables are built in (data/README.md has their sources):
// - design power by processor name. A machine that owns its sockets draws between kIdleShare and kFullShare
// of it
//   per socket. The shares are those that Teads measured with RAPL on Intel servers: B. Davy, "Building an
//   AWS EC2 Carbon Emissions Dataset", 2021,
//   https://medium.com/teads-engineering/building-an-aws-ec2-carbon-emissions-dataset-3f0fd76c98ac
// - power per logical processor by processor family, from SPECpower results. A virtual machine owns its
// logical
//   processors only; so it draws that much for each. The same is taken for a processor that has no known
//   name, and the averages of all families for one that has no known family.
#pragma once

#include "base/result.h"
#include "power/cpu_info.h"

#include <optional>
#include <string>
#include <string_view>

namespace ceems::power {

inline constexpr double kIdleShare = 0.12;
inline constexpr double kFullShare = 1.02;

// The power of all processors of a machine together, when idle and when all of them are busy.
struct PowerRange {
  double idle_watts = 0;
  double full_watts = 0;
  std::string
      origin;  // the row of the table: "AMD EPYC 7763", "Intel Ice Lake", "unknown processor"; or "flags"
};

// Flags of the operator, for the whole machine; 0: from the table.
struct PowerOverride {
  double idle_watts = 0;
  double full_watts = 0;
};

// The range that holds for this machine. With full_watts alone, idle stays the same share of it as in the
// table; with idle_watts alone, full stays at the table's, but not below. kInvalid for watts that are
// negative, above a megawatt, or more when idle than when busy.
base::Result<PowerRange> find_power_range(const CpuInfo& info, const PowerOverride& flags = {});

// "Intel(R) Xeon(R) CPU E5-2680 v4 @ 2.40GHz" → "xeon e5-2680 v4": lower case, without marks, vendor, clock,
// graphics, core count and generation.
std::string normal_cpu_name(std::string_view name);

struct DesignPower {
  std::string name;  // as in the table
  double watts = 0;  // per socket
};
// The row whose normal name is the longest run of whole words in the processor's normal name.
std::optional<DesignPower> find_design_power(std::string_view cpu_name);

}  // namespace ceems::power
