// RAPL: energy of processors, memory and platform as the hardware counts it, through Linux's power capping
// tree (intel-rapl, AMD's processors included). Zones are discovered once and again when the tree changes;
// their files stay open, so that privileges are needed at the start only. A zone that can't be read costs
// only itself.
//
// Some machines offer the same zone twice, once through model-specific registers and once through
// memory-mapped ones (intel-rapl-mmio); the second is left out.
#pragma once

#include "base/result.h"
#include "power/rapl_zone.h"

#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ceems::power {

struct RaplReading {
  base::Result<std::uint64_t> energy_microjoules;  // since the counter's start, past its wraps
  std::optional<std::uint64_t> power_limit_microwatts;
};

// Thread-safe: one thread may read() while another sample()s.
class RaplMeter {
 public:
  // `powercap` is "/sys/class/powercap". Discovers at once; what is wrong shows in read().
  RaplMeter(std::string powercap, OpenFile open_privileged);

  // What is there now, in the order of the directory, valid until the next call of read(). An empty list: no
  // RAPL here.
  struct Snapshot {
    std::span<const RaplZoneId> zones;
    std::span<const RaplReading> readings;  // one for each zone
    std::uint64_t generation = 0;           // another number means other zones
  };
  // Errors: the directory can't be listed although it is there.
  base::Result<Snapshot> read();

  // Reads the counters so that no wrap is missed; at least every minute, since a large package wraps within
  // minutes. Ignores errors.
  void sample();

  // Whether the energy of a processor package is open for reading.
  bool has_package() const;
  // Whether an energy file of the tree is closed to ordinary users.
  bool needs_privilege() const;

 private:
  base::Result<std::vector<std::string>> list() const;
  void discover(std::vector<std::string> entries);
  void reread_energy();

  const std::string powercap_;
  const OpenFile open_privileged_;
  mutable std::mutex mutex_;  // guards all below
  std::vector<std::string> entries_;
  std::vector<RaplZone> zones_;
  std::vector<RaplZoneId> ids_;
  std::vector<RaplReading> readings_;
  std::uint64_t generation_ = 0;
  bool stale_ = false;  // a device went away: its name may stand for another one now
};

}  // namespace ceems::power
