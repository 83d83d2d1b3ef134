#include "power/hwmon_names.h"

#include "base/file.h"
#include "base/text.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

namespace ceems::power {

namespace {

struct Property {
  std::string_view type;
  std::string_view property;
  HwmonQuantity quantity;
};

constexpr std::array kProperties{
    Property{"power", "input", HwmonQuantity::kPower},
    Property{"power", "average", HwmonQuantity::kPowerAverage},
    Property{"power", "input_lowest", HwmonQuantity::kPowerLowest},
    Property{"power", "input_highest", HwmonQuantity::kPowerHighest},
    Property{"power", "cap", HwmonQuantity::kPowerCap},
    Property{"power", "average_interval", HwmonQuantity::kAverageInterval},
    Property{"energy", "input", HwmonQuantity::kEnergy},
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string resolved(const std::string& path) {
  std::error_code failed;
  const auto canonical = std::filesystem::canonical(path, failed);
  return failed ? "" : canonical.string();
}

}  // namespace

std::optional<HwmonFileName> parse_hwmon_file(std::string_view name) {
  for (const Property& one : kProperties) {
    std::string_view rest = name;
    if (!rest.starts_with(one.type)) continue;
    rest.remove_prefix(one.type.size());
    const std::size_t digits =
        static_cast<std::size_t>(std::ranges::find_if_not(rest, is_digit) - rest.begin());
    const std::string_view number = rest.substr(0, digits);
    rest.remove_prefix(digits);
    if (!rest.starts_with('_') || rest.substr(1) != one.property || number.size() > 9) continue;
    const std::size_t significant = std::min(number.find_first_not_of('0'), number.size());
    const std::string_view shown = number.substr(significant);
    return HwmonFileName{std::string(one.type) + (shown.empty() ? "0" : std::string(shown)), one.quantity};
  }
  return std::nullopt;
}

std::string clean_hwmon_name(std::string_view name) {
  std::string clean = base::to_lower(base::trim(name));
  for (char& c : clean) {
    if (!is_digit(c) && (c < 'a' || c > 'z') && c != ':') c = '_';
  }
  const std::size_t begin = clean.find_first_not_of('_');
  if (begin == std::string::npos) return "";
  return clean.substr(begin, clean.find_last_not_of('_') - begin + 1);
}

std::string hwmon_chip(const std::string& directory) {
  const std::string device = resolved(base::join_path(directory, "device"));
  if (!device.empty()) {
    const std::filesystem::path path(device);
    const std::string own = clean_hwmon_name(path.filename().string());
    const std::string bus = clean_hwmon_name(path.parent_path().filename().string());
    if (!own.empty()) return bus.empty() ? own : bus + "_" + own;
  }
  std::string name = hwmon_chip_name(directory);
  if (!name.empty()) return name;
  return clean_hwmon_name(std::filesystem::path(resolved(directory)).filename().string());
}

std::string hwmon_chip_name(const std::string& directory) {
  const auto name = base::read_file(base::join_path(directory, "name"), 4096);
  return name ? clean_hwmon_name(*name) : "";
}

}  // namespace ceems::power
