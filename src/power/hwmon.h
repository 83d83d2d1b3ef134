// Power and energy by Linux's hardware monitors (hwmon): power meters of boards and supplies
// (acpi_power_meter, pmbus, ina2xx), baseboards (ibmaem, occ), processors (amd_energy, fam15h_power), GPUs
// (amdgpu). What each driver's number means is in docs/energy-sources.md. Monitors are discovered once and
// again when the tree changes; files stay open. A file that can't be read costs only itself.
#pragma once

#include "base/result.h"
#include "power/energy_accumulator.h"
#include "power/hwmon_names.h"
#include "power/sensor_file.h"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ceems::power {

struct HwmonSensorId {
  std::string index;      // "3" of hwmon3
  std::string chip;       // "pci0000:00_0000:00:18_3": stays when monitors are renumbered
  std::string chip_name;  // "fam15h_power"; may be empty
  std::string sensor;     // "power1"
  std::string label;      // content of power1_label; may be empty

  bool operator==(const HwmonSensorId&) const = default;
};

struct HwmonReading {
  // As the driver says, by HwmonQuantity: microwatts, milliseconds, microjoules. Nothing where there is no
  // file, or where it can't be read now.
  std::array<std::optional<std::int64_t>, kHwmonQuantities> values;
  std::optional<std::uint64_t> energy_microjoules;  // counts past wraps and restarts of the driver

  std::optional<std::int64_t> value(HwmonQuantity quantity) const {
    return values[static_cast<std::size_t>(quantity)];
  }
};

// Not thread-safe.
class HwmonMeter {
 public:
  // `directory` is "/sys/class/hwmon". Opens what it finds at once, with `open_file`.
  HwmonMeter(std::string directory, OpenFile open_file);

  struct Snapshot {
    std::span<const HwmonSensorId> sensors;
    std::span<const HwmonReading> readings;  // one for each sensor
    std::uint64_t generation = 0;            // another number means other sensors
    std::size_t unreadable = 0;              // files that were there and couldn't be read
    std::optional<base::Error> problem;      // of the last of them
  };
  // Valid until the next call. No sensors: none on this machine. Errors: the directory is there and can't be
  // listed.
  base::Result<Snapshot> read();

  // Whether a file is closed to ordinary users.
  bool needs_privilege() const;

 private:
  struct Sensor {
    std::array<std::optional<SensorFile>, kHwmonQuantities> files;
  };

  base::Result<std::vector<std::string>> list() const;
  void discover(std::vector<std::string> entries);
  void discover_monitor(const std::string& entry);
  Sensor& sensor(HwmonSensorId id, const std::string& directory);
  // False if a device went away.
  bool read_all(Snapshot& snapshot);

  const std::string directory_;
  const OpenFile open_file_;
  std::vector<std::string> entries_;
  std::vector<HwmonSensorId> ids_;
  std::vector<Sensor> sensors_;  // one for each of ids_
  std::vector<HwmonReading> readings_;
  std::map<std::string, EnergyAccumulator, std::less<>> energies_;  // by chip, name and sensor
  std::uint64_t generation_ = 0;
};

}  // namespace ceems::power
