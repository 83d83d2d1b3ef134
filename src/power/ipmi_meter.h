// What the BMC of this machine knows of power: DCMI's reading and its sensors. The kernel's device comes
// first, then a program; the two parts don't hinder each other. Slow: for the background. Not thread-safe.
#pragma once

#include "base/result.h"
#include "power/frozen_watch.h"
#include "power/ipmi_command.h"
#include "power/ipmi_dcmi.h"
#include "power/ipmi_sensor.h"
#include "power/ipmi_transport.h"

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ceems::power {

// Sensors that are read.
struct IpmiSensorChoice {
  bool power_and_energy = false;
  bool temperature = false;
  std::vector<std::uint8_t> numbers = {};  // these in any case

  bool any() const { return power_and_energy || temperature || !numbers.empty(); }
  bool wants(const IpmiSensor& sensor) const;
};

struct IpmiSensorReading {
  std::string name;  // distinct within one unit
  std::string_view unit;
  std::uint8_t unit_code = 0;
  double value = 0;
};

struct IpmiSnapshot {
  std::optional<DcmiPower> power;
  std::string power_from;                  // "device", or the program
  bool power_frozen = false;               // see FrozenWatch
  std::optional<base::Error> power_error;  // why there is none
  std::vector<IpmiSensorReading> sensors;
  std::optional<base::Error> sensor_error;  // of the last sensor that can't be read
};

class IpmiMeter {
 public:
  using Command = std::function<base::Result<DcmiPower>()>;

  // `transport` may be null: no device is used. `command` may be empty; with `command_first` it is preferred.
  IpmiMeter(std::unique_ptr<IpmiTransport> transport, Command command, std::string command_name,
            bool command_first, IpmiSensorChoice choice);

  // Errors: nothing could be read. kNoData: no BMC, and no program.
  base::Result<IpmiSnapshot> read(const std::atomic<bool>& stopping);

 private:
  void read_power(IpmiSnapshot& snapshot);
  void read_sensors(IpmiSnapshot& snapshot, const std::atomic<bool>& stopping);

  std::unique_ptr<IpmiTransport> transport_;
  Command command_;
  std::string command_name_;
  bool command_first_;
  IpmiSensorChoice choice_;
  FrozenWatch watch_;
  std::optional<std::vector<IpmiSensor>> sensors_;  // those that are wanted, once the repository was read
};

}  // namespace ceems::power
