// One zone of Linux's power capping tree, with its files kept open.
//
// Format: https://docs.kernel.org/power/powercap/powercap.html and
// Documentation/ABI/testing/sysfs-class-powercap
#pragma once

#include "base/fd.h"
#include "base/result.h"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace ceems::power {

// Opens a file that needs privileges for reading.
using OpenFile = std::function<base::Result<base::Fd>(const std::string& path)>;

// What tells one zone from another.
struct RaplZoneId {
  std::string name;  // "package", "dram", "package-0-die-1", "psys": the whole machine, packages included
  std::uint32_t index = 0;  // package number, else which of the zones with this name
  std::string path;         // "/sys/class/powercap/intel-rapl:0"

  bool operator==(const RaplZoneId&) const = default;
  // Whether this is the whole processor package, or one die of it.
  bool is_package() const { return name == "package" || name.starts_with("package-"); }
};

// Energy in the hardware's counter wraps after max_energy_range_uj; this one goes on. It starts at the first
// reading, so that it first shows what the hardware shows. A wrap is noticed if at most one lies between
// readings.
class WrapCounter {
 public:
  explicit WrapCounter(std::uint64_t range) : range_(range) {}

  std::uint64_t add(std::uint64_t raw);  // the total after this reading
  std::uint64_t range() const { return range_; }

 private:
  std::uint64_t range_;
  std::optional<std::uint64_t> previous_;
  std::uint64_t total_ = 0;
};

// Not thread-safe.
class RaplZone {
 public:
  // Opens what can be opened. A zone that can't be read says why in read_energy().
  RaplZone(RaplZoneId id, const OpenFile& open_privileged);

  const RaplZoneId& id() const { return id_; }
  bool is_open() const { return static_cast<bool>(energy_); }

  // Microjoules. kGone: the device was removed; kInvalid: no range, or no number; else the system's error.
  base::Result<std::uint64_t> read_energy(const OpenFile& open_privileged);

  // Microwatts of the constraint with the longest time window of the first two; nothing if there is none.
  std::optional<std::uint64_t> read_power_limit() const;

  // Goes on counting where an earlier object for the same zone was.
  void continue_from(const RaplZone& earlier);

 private:
  struct Constraint {
    base::Fd window;
    base::Fd limit;
  };

  base::Status open(const OpenFile& open_privileged);

  RaplZoneId id_;
  std::optional<WrapCounter> counter_;
  base::Fd energy_;
  std::array<Constraint, 2> constraints_;
};

}  // namespace ceems::power
