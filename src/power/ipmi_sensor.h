// Sensors of the BMC: their records in its repository, and what they read.
//
// Format: IPMI v2.0 specification, revision 1.1, chapters 33 (repository), 35.14 (Get Sensor Reading), 36.3
// (conversion), 43.1 (full sensor record), 43.15 (names).
#pragma once

#include "base/result.h"
#include "power/ipmi_transport.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::power {

inline constexpr std::uint8_t kIpmiCelsius = 1;
inline constexpr std::uint8_t kIpmiWatts = 6;
inline constexpr std::uint8_t kIpmiJoules = 7;

// How a sensor's number becomes a quantity.
struct IpmiConversion {
  enum class Format : std::uint8_t { kUnsigned, kOnesComplement, kTwosComplement };
  Format format = Format::kUnsigned;
  std::uint8_t linearisation = 0;  // 0 to 11
  int m = 1;
  int b = 0;
  int b_exponent = 0;
  int result_exponent = 0;

  // Not finite where the function has no value.
  double convert(std::uint8_t raw) const;
};

struct IpmiSensor {
  std::uint8_t number = 0;
  std::uint8_t lun = 0;
  std::uint8_t unit = 0;  // code of table 43-15
  std::string name = {};
  bool non_linear = false;  // the controller has factors of its own for each reading
  IpmiConversion conversion = {};
};

// "W" for 6, as in label `sensorunits`; "Unknown" for codes that are none.
std::string_view ipmi_unit(std::uint8_t code);

// Of a whole record of the repository, from its id on. Nothing for records of other kinds, sensors of other
// controllers than the BMC, and such that read no number.
std::optional<IpmiSensor> decode_sensor_record(std::span<const std::uint8_t> record);

// All such sensors, by number and without duplicates. Errors: the repository can't be read.
base::Result<std::vector<IpmiSensor>> read_sensor_records(IpmiTransport& transport);

// Nothing while the sensor has no reading.
base::Result<std::optional<double>> read_sensor(IpmiTransport& transport, const IpmiSensor& sensor);

}  // namespace ceems::power
