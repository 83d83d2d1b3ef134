// The power management counters of HPE Cray machines: one directory of small files that the node's controller
// fills about ten times a second, for the whole node and for its parts.
//
// Format: S. Martin, D. Rush, M. Kappel, "Cray Advanced Platform Monitoring and Control (CAPMC)", CUG 2015,
// and HPE's "Cray EX power management guide": each file holds "<value> <unit> <time> us".
#pragma once

#include "base/result.h"
#include "power/energy_accumulator.h"
#include "power/sensor_file.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::power {

enum class CrayQuantity : std::uint8_t { kEnergy, kPower, kPowerCap, kTemperature };

struct CrayFileName {
  std::string domain;  // "node", "cpu", "memory", "accel0", or another prefix as it stands
  CrayQuantity quantity{};
};

// Nothing for files of another kind (freshness, generation, version, …).
std::optional<CrayFileName> parse_cray_file(std::string_view name);

// The number, if the text has the quantity's unit (J, W, C) or none.
std::optional<std::uint64_t> parse_cray_value(std::string_view text, CrayQuantity quantity);

struct CrayDomain {
  std::string name;
  std::optional<std::uint64_t> energy_joules;        // as the file says
  std::optional<std::uint64_t> energy_joules_total;  // the same, counted past restarts of the controller
  std::optional<std::uint64_t> power_watts;
  std::optional<std::uint64_t> power_limit_watts;
  std::optional<std::uint64_t> temperature_celsius;
};

// Not thread-safe.
class CrayPmCounters {
 public:
  // `directory` is "/sys/cray/pm_counters".
  explicit CrayPmCounters(std::string directory);

  struct Snapshot {
    std::span<const CrayDomain> domains;  // sorted by name
    std::uint64_t generation = 0;         // another number means other domains
    std::size_t unreadable = 0;           // files that were there and told nothing
    // Whether the controller has stopped to fill the files: `freshness` has not changed for 5 s.
    bool frozen = false;
  };
  // Valid until the next call. No domains: no such directory. Errors: it can't be listed.
  base::Result<Snapshot> read(std::chrono::steady_clock::time_point now);

 private:
  struct File {
    SensorFile file;
    CrayQuantity quantity{};
    std::size_t domain = 0;
  };

  void discover(std::vector<std::string> entries);
  std::optional<std::uint64_t> read_freshness();
  void read_all(Snapshot& snapshot);

  const std::string directory_;
  std::vector<std::string> entries_;
  std::optional<SensorFile> freshness_;
  std::vector<File> files_;
  std::vector<CrayDomain> domains_;
  std::vector<EnergyAccumulator> energies_;  // one for each domain
  std::uint64_t generation_ = 0;
  std::optional<std::uint64_t> last_freshness_;
  std::chrono::steady_clock::time_point changed_;
};

}  // namespace ceems::power
