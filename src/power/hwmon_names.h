// Names in Linux's hwmon tree: of sensor files and of chips.
//
// Format: https://docs.kernel.org/hwmon/sysfs-interface.html
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ceems::power {

enum class HwmonQuantity : std::uint8_t {
  kPower,            // powerN_input
  kPowerAverage,     // powerN_average
  kPowerLowest,      // powerN_input_lowest
  kPowerHighest,     // powerN_input_highest
  kPowerCap,         // powerN_cap
  kAverageInterval,  // powerN_average_interval, milliseconds
  kEnergy,           // energyN_input
};
inline constexpr std::size_t kHwmonQuantities = 7;

struct HwmonFileName {
  std::string sensor;  // "power1"; a missing number is 0
  HwmonQuantity quantity{};
};

// Nothing for files that hold no power or energy.
std::optional<HwmonFileName> parse_hwmon_file(std::string_view name);

// Lower case; what is no letter, digit, colon or underscore becomes an underscore, and those at the ends go.
std::string clean_hwmon_name(std::string_view name);

// Label `chip` of the monitor in `directory`: "<bus>_<device>" by its link `device`, else by its file `name`,
// else the directory's own name. Empty if all of that is empty.
std::string hwmon_chip(const std::string& directory);

// The cleaned content of its file `name`; "" if there is none.
std::string hwmon_chip_name(const std::string& directory);

}  // namespace ceems::power
