#include "power/ipmi_meter.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace ceems::power {

namespace {

// Sensors of one name get their numbers, so that each has a series of its own.
void make_names_distinct(std::vector<IpmiSensor>& sensors) {
  for (std::size_t i = 0; i < sensors.size(); ++i) {
    const auto same = [&](const IpmiSensor& other) {
      return other.unit == sensors[i].unit && other.name == sensors[i].name;
    };
    if (sensors[i].name.empty() ||
        std::any_of(sensors.begin(), sensors.begin() + static_cast<std::ptrdiff_t>(i), same))
      sensors[i].name += fmt::format("{}#{}", sensors[i].name.empty() ? "" : " ", sensors[i].number);
  }
}

}  // namespace

bool IpmiSensorChoice::wants(const IpmiSensor& sensor) const {
  if (power_and_energy && (sensor.unit == kIpmiWatts || sensor.unit == kIpmiJoules)) return true;
  if (temperature && sensor.unit == kIpmiCelsius) return true;
  return std::ranges::find(numbers, sensor.number) != numbers.end();
}

IpmiMeter::IpmiMeter(std::unique_ptr<IpmiTransport> transport, Command command, std::string command_name,
                     bool command_first, IpmiSensorChoice choice)
    : transport_(std::move(transport)),
      command_(std::move(command)),
      command_name_(std::move(command_name)),
      command_first_(command_first),
      choice_(std::move(choice)) {}

void IpmiMeter::read_power(IpmiSnapshot& snapshot) {
  const auto attempt = [&](bool by_command) {
    if (snapshot.power || (by_command ? command_ == nullptr : transport_ == nullptr)) return;
    auto power = by_command ? command_() : read_dcmi_power(*transport_);
    if (power && power->current.value_or(0) <= 0)
      power = base::fail(base::ErrorCode::kUnavailable, "DCMI", "no current power");
    if (power) {
      snapshot.power = *power;
      snapshot.power_from = by_command ? command_name_ : "device";
      snapshot.power_error.reset();
    } else if (!snapshot.power_error || power.error().code != base::ErrorCode::kNoData) {
      snapshot.power_error = power.error();
    }
  };
  attempt(command_first_);
  attempt(!command_first_);
  if (!snapshot.power) return;
  const DcmiPower& power = *snapshot.power;
  snapshot.power_frozen =
      watch_.add({power.current, power.minimum, power.maximum, power.average}, FrozenWatch::Clock::now());
}

void IpmiMeter::read_sensors(IpmiSnapshot& snapshot, const std::atomic<bool>& stopping) {
  if (!transport_ || !choice_.any()) return;
  if (!sensors_) {
    auto all = read_sensor_records(*transport_);
    if (!all) {
      snapshot.sensor_error = all.error();
      return;
    }
    std::erase_if(*all, [&](const IpmiSensor& sensor) { return !choice_.wants(sensor); });
    make_names_distinct(*all);
    sensors_ = *std::move(all);
  }
  for (const IpmiSensor& sensor : *sensors_) {
    if (stopping) return;
    const auto value = read_sensor(*transport_, sensor);
    if (!value) {
      snapshot.sensor_error = value.error();
      // A device that doesn't answer would take its time for each sensor.
      if (value.error().code == base::ErrorCode::kTimeout) return;
      continue;
    }
    if (*value) snapshot.sensors.push_back({sensor.name, ipmi_unit(sensor.unit), sensor.unit, **value});
  }
}

base::Result<IpmiSnapshot> IpmiMeter::read(const std::atomic<bool>& stopping) {
  IpmiSnapshot snapshot;
  read_power(snapshot);
  read_sensors(snapshot, stopping);
  if (snapshot.power || !snapshot.sensors.empty()) return snapshot;
  // What is found at the next start of the device may be another one.
  sensors_.reset();
  if (snapshot.power_error) return std::unexpected(*std::move(snapshot.power_error));
  if (snapshot.sensor_error) return std::unexpected(*std::move(snapshot.sensor_error));
  return base::fail(base::ErrorCode::kNoData, "", "no BMC that can be asked");
}

}  // namespace ceems::power
