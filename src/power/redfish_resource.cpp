#include "power/redfish_resource.h"

#include "base/text.h"
#include "json/read.h"

#include <algorithm>
#include <array>

namespace ceems::power {

namespace {

constexpr double kMostWatts = 1e6;  // above it is no chassis
constexpr double kMostJoules = 1e15;
constexpr double kJoulesPerKwh = 3.6e6;
constexpr std::size_t kLongestLink = 1024;
constexpr std::size_t kMostMembers = 1024;
constexpr std::size_t kLongestName = 256;

std::optional<json::value> parse(std::string_view text) {
  auto value = json::parse(text);
  if (!value || !value->is_object()) return std::nullopt;
  return *std::move(value);
}

std::string name_of(const json::value& resource, std::string_view key) {
  std::string name = json::text_member(resource, key);
  return name.size() <= kLongestName && base::is_valid_utf8(name) ? name : "";
}

std::string checked_link(std::string link) {
  const bool plain = std::ranges::all_of(link, [](char c) { return c > ' ' && c < 0x7f && c != '#'; });
  return link.starts_with("/redfish/") && link.size() < kLongestLink && plain &&
                 link.find("..") == std::string::npos
             ? link
             : "";
}

std::string link_of(const json::value* value) {
  return value == nullptr ? "" : checked_link(json::text_member(*value, "@odata.id"));
}

std::string last_part(std::string_view link) {
  while (link.ends_with('/'))
    link.remove_suffix(1);
  return std::string(link.substr(link.rfind('/') + 1));
}

std::optional<double> number_of(const json::value* value, double most) {
  if (value == nullptr || !value->is_number()) return std::nullopt;
  const double number = value->to_number<double>();
  return number >= 0 && number <= most ? std::optional(number) : std::nullopt;
}

// Of an excerpt of a sensor: {"Reading": 410, "DataSourceUri": …}.
std::optional<double> reading_of(const json::value& resource, std::string_view key, double most) {
  return number_of(json::at(resource, {key, "Reading"}), most);
}

std::optional<double> energy_of(const json::value& resource) {
  if (const auto joules = reading_of(resource, "EnergyJoules", kMostJoules)) return joules;
  const auto kwh = reading_of(resource, "EnergykWh", kMostJoules / kJoulesPerKwh);
  return kwh ? std::optional(*kwh * kJoulesPerKwh) : std::nullopt;
}

void add(std::optional<double>& sum, std::optional<double> value) {
  if (value) sum = sum.value_or(0) + *value;
}

template <std::size_t N>
bool contains_any(std::string_view name, const std::array<std::string_view, N>& words) {
  const std::string lower = base::to_lower(name);
  return std::ranges::any_of(words,
                             [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

// Some services list parts of the chassis beside the chassis.
bool is_part(const json::value& control) {
  static constexpr std::array<std::string_view, 8> kParts{"cpu",         "processor", "memory",  "dimm",
                                                          "accelerator", "gpu",       "storage", "fan"};
  const std::string context = json::text_member(control, "PhysicalContext");
  return contains_any(context.empty() ? json::text_member(control, "Name") : context, kParts);
}

void add_control(const json::value& control, RedfishPower& power) {
  add(power.current, number_of(json::member(control, "PowerConsumedWatts"), kMostWatts));
  const json::value* const metrics = json::member(control, "PowerMetrics");
  if (metrics == nullptr) return;
  add(power.minimum, number_of(json::member(*metrics, "MinConsumedWatts"), kMostWatts));
  add(power.maximum, number_of(json::member(*metrics, "MaxConsumedWatts"), kMostWatts));
  add(power.average, number_of(json::member(*metrics, "AverageConsumedWatts"), kMostWatts));
}

}  // namespace

std::optional<RedfishService> parse_redfish_service(std::string_view text) {
  const auto root = parse(text);
  if (!root) return std::nullopt;
  return RedfishService{.sessions = link_of(json::at(*root, {"Links", "Sessions"})),
                        .chassis = link_of(json::member(*root, "Chassis"))};
}

std::optional<RedfishCollection> parse_redfish_collection(std::string_view text) {
  const auto collection = parse(text);
  if (!collection) return std::nullopt;
  RedfishCollection result;
  const json::value* list = json::at(*collection, {"Links", "Members"});
  if (list == nullptr || !list->is_array() || list->get_array().empty())
    list = json::member(*collection, "Members");
  if (list != nullptr && list->is_array()) {
    for (const json::value& one : list->get_array()) {
      std::string link = link_of(&one);
      if (!link.empty() && result.members.size() < kMostMembers) result.members.push_back(std::move(link));
    }
  }
  result.next = checked_link(json::text_member(*collection, "Members@odata.nextLink"));
  return result;
}

std::optional<RedfishChassis> parse_redfish_chassis(std::string_view text) {
  const auto chassis = parse(text);
  if (!chassis) return std::nullopt;
  RedfishChassis result;
  result.id = name_of(*chassis, "Id");
  result.type = name_of(*chassis, "ChassisType");
  result.contained_by = last_part(link_of(json::at(*chassis, {"Links", "ContainedBy"})));
  result.power = link_of(json::member(*chassis, "Power"));
  result.environment = link_of(json::member(*chassis, "EnvironmentMetrics"));
  result.power_subsystem = link_of(json::member(*chassis, "PowerSubsystem"));
  result.sensors = link_of(json::member(*chassis, "Sensors"));
  return result;
}

bool add_redfish_power(std::string_view text, RedfishPower& power) {
  const auto resource = parse(text);
  if (!resource) return false;
  const json::array* const controls = json::array_member(*resource, "PowerControl");
  if (controls == nullptr) return true;
  const bool parts_only = std::ranges::all_of(*controls, is_part);
  for (const json::value& control : *controls) {
    if (parts_only || !is_part(control)) add_control(control, power);
  }
  return true;
}

bool add_redfish_environment(std::string_view text, RedfishPower& power) {
  const auto resource = parse(text);
  if (!resource) return false;
  if (!power.current) power.current = reading_of(*resource, "PowerWatts", kMostWatts);
  power.energy_joules = energy_of(*resource);
  return true;
}

std::optional<std::string> parse_redfish_power_subsystem(std::string_view text) {
  const auto resource = parse(text);
  if (!resource) return std::nullopt;
  return link_of(json::member(*resource, "PowerSupplies"));
}

std::optional<RedfishPowerSupply> parse_redfish_power_supply(std::string_view text) {
  const auto supply = parse(text);
  if (!supply) return std::nullopt;
  const json::value* const state = json::at(*supply, {"Status", "State"});
  return RedfishPowerSupply{.absent = state != nullptr && json::text_of(*state) == "Absent",
                            .metrics = link_of(json::member(*supply, "Metrics"))};
}

std::optional<RedfishSupplyMetrics> parse_redfish_supply_metrics(std::string_view text) {
  const auto metrics = parse(text);
  if (!metrics) return std::nullopt;
  RedfishSupplyMetrics result;
  result.watts = reading_of(*metrics, "InputPowerWatts", kMostWatts);
  if (!result.watts) result.watts = reading_of(*metrics, "OutputPowerWatts", kMostWatts);
  result.energy_joules = energy_of(*metrics);
  return result;
}

std::optional<RedfishSensor> parse_redfish_sensor(std::string_view text) {
  static constexpr std::array<std::string_view, 4> kWhole{"total", "system", "chassis", "consumption"};
  const auto sensor = parse(text);
  if (!sensor) return std::nullopt;
  RedfishSensor result;
  const std::string context = json::text_member(*sensor, "PhysicalContext");
  // A board's sensor may be one rail of it; its name has to say more.
  result.of_chassis =
      context == "Chassis" ||
      ((context.empty() || context == "SystemBoard") &&
       contains_any(json::text_member(*sensor, "Id") + " " + json::text_member(*sensor, "Name"), kWhole));
  const std::string type = json::text_member(*sensor, "ReadingType");
  const json::value* const reading = json::member(*sensor, "Reading");
  if (type == "Power") result.watts = number_of(reading, kMostWatts);
  if (type == "EnergyJoules") result.energy_joules = number_of(reading, kMostJoules);
  if (type == "EnergykWh") {
    if (const auto kwh = number_of(reading, kMostJoules / kJoulesPerKwh))
      result.energy_joules = *kwh * kJoulesPerKwh;
  }
  return result;
}

bool sounds_like_power(std::string_view link) {
  static constexpr std::array<std::string_view, 4> kWords{"power", "pwr", "watt", "energy"};
  return contains_any(last_part(link), kWords);
}

}  // namespace ceems::power
