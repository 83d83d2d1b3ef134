#include "power/redfish_chassis.h"

#include <array>
#include <utility>

namespace ceems::power {

namespace {

using base::ErrorCode;
using Get = RedfishChassisReader::Get;

constexpr std::size_t kMostSupplies = 64;
constexpr std::size_t kMostSensors = 32;  // that are looked at
constexpr std::size_t kMostPages = 16;

std::unexpected<base::Error> broken(const std::string& link) {
  return base::fail(ErrorCode::kInvalid, link, "not the JSON of Redfish");
}

// What `parse` makes of the resource at that link.
template <class Parse>
auto get_parsed(const Get& get, const std::string& link, Parse parse)
    -> base::Result<typename decltype(parse(std::string_view()))::value_type> {
  CEEMS_TRY(const std::string text, get(link));
  auto parsed = parse(text);
  if (!parsed) return broken(link);
  return *std::move(parsed);
}

base::Result<std::vector<std::string>> get_members(const Get& get, std::string link) {
  std::vector<std::string> members;
  for (std::size_t page = 0; page < kMostPages && !link.empty(); ++page) {
    CEEMS_TRY(RedfishCollection collection, get_parsed(get, link, parse_redfish_collection));
    members.insert(members.end(), std::make_move_iterator(collection.members.begin()),
                   std::make_move_iterator(collection.members.end()));
    link = collection.next == link ? "" : std::move(collection.next);
  }
  return members;
}

}  // namespace

bool RedfishChassisReader::may_have_power() const {
  return !chassis_.power.empty() || !chassis_.environment.empty() || !chassis_.power_subsystem.empty() ||
         !chassis_.sensors.empty();
}

base::Status RedfishChassisReader::read_power(const Get& get, RedfishPower& power) {
  CEEMS_TRY(const std::string text, get(chassis_.power));
  if (!add_redfish_power(text, power)) return broken(chassis_.power);
  if (power.current) power.source = "Power";
  return {};
}

base::Status RedfishChassisReader::read_environment(const Get& get, RedfishPower& power) {
  CEEMS_TRY(const std::string text, get(chassis_.environment));
  const bool had_power = power.current.has_value();
  if (!add_redfish_environment(text, power)) return broken(chassis_.environment);
  if (!had_power && power.current) power.source = "EnvironmentMetrics";
  // Temperatures only, beside a Power resource: no need to ask each time.
  if (had_power && !power.energy_joules) chassis_.environment.clear();
  return {};
}

base::Result<std::vector<std::string>> RedfishChassisReader::find_supplies(const Get& get) const {
  CEEMS_TRY(const std::string collection,
            get_parsed(get, chassis_.power_subsystem, parse_redfish_power_subsystem));
  CEEMS_TRY(const std::vector<std::string> members, get_members(get, collection));
  std::vector<std::string> metrics;
  for (const std::string& link : members) {
    if (metrics.size() == kMostSupplies) break;
    CEEMS_TRY(RedfishPowerSupply supply, get_parsed(get, link, parse_redfish_power_supply));
    if (!supply.absent && !supply.metrics.empty()) metrics.push_back(std::move(supply.metrics));
  }
  return metrics;
}

// All or nothing: without one supply, the sum would be too small and look right.
base::Status RedfishChassisReader::read_supplies(const Get& get, RedfishPower& power) {
  if (!supplies_) {
    CEEMS_TRY(supplies_, find_supplies(get));
  }
  double watts = 0;
  double joules = 0;
  bool counts = !supplies_->empty();
  for (const std::string& link : *supplies_) {
    const auto metrics = get_parsed(get, link, parse_redfish_supply_metrics);
    if (!metrics) {
      // Pulled, or put elsewhere.
      if (metrics.error().code == ErrorCode::kNotFound) supplies_.reset();
      return std::unexpected(metrics.error());
    }
    if (!metrics->watts) return {};
    watts += *metrics->watts;
    counts = counts && metrics->energy_joules.has_value();
    joules += metrics->energy_joules.value_or(0);
  }
  if (supplies_->empty()) {
    chassis_.power_subsystem.clear();
    return {};
  }
  power.current = watts;
  power.source = "PowerSupplies";
  if (counts && !power.energy_joules) power.energy_joules = joules;
  return {};
}

base::Result<std::vector<std::string>> RedfishChassisReader::find_sensors(const Get& get) const {
  CEEMS_TRY(const std::vector<std::string> members, get_members(get, chassis_.sensors));
  std::vector<std::string> found;
  std::size_t looked_at = 0;
  for (const std::string& link : members) {
    if (!sounds_like_power(link)) continue;
    if (++looked_at > kMostSensors) break;
    CEEMS_TRY(const RedfishSensor sensor, get_parsed(get, link, parse_redfish_sensor));
    if (sensor.of_chassis && (sensor.watts || sensor.energy_joules)) found.push_back(link);
  }
  return found;
}

base::Status RedfishChassisReader::read_sensors(const Get& get, RedfishPower& power) {
  if (!sensors_) {
    CEEMS_TRY(sensors_, find_sensors(get));
  }
  if (sensors_->empty()) chassis_.sensors.clear();
  for (const std::string& link : *sensors_) {
    const auto sensor = get_parsed(get, link, parse_redfish_sensor);
    if (!sensor) {
      if (sensor.error().code == ErrorCode::kNotFound) sensors_.reset();
      return std::unexpected(sensor.error());
    }
    // The first of each kind: several that call themselves whole are the same meter, or one behind the other.
    if (!power.current && sensor->watts) {
      power.current = sensor->watts;
      power.source = "Sensors";
    }
    if (!power.energy_joules) power.energy_joules = sensor->energy_joules;
  }
  return {};
}

base::Result<RedfishPower> RedfishChassisReader::read(const Get& get, FrozenWatch::Clock::time_point now) {
  using Step = base::Status (RedfishChassisReader::*)(const Get&, RedfishPower&);
  struct Source {
    std::string RedfishChassis::* link;
    Step read;
    bool also_for_energy;
  };
  static constexpr std::array<Source, 4> kSources{{
      {&RedfishChassis::power, &RedfishChassisReader::read_power, false},
      {&RedfishChassis::environment, &RedfishChassisReader::read_environment, true},
      {&RedfishChassis::power_subsystem, &RedfishChassisReader::read_supplies, false},
      {&RedfishChassis::sensors, &RedfishChassisReader::read_sensors, false},
  }};
  RedfishPower power{
      .chassis = chassis_.id, .type = chassis_.type, .contained_by = chassis_.contained_by, .source = {}};
  std::optional<base::Error> problem;
  for (const Source& source : kSources) {
    if ((chassis_.*(source.link)).empty() || (power.current && !source.also_for_energy)) continue;
    const auto status = (this->*(source.read))(get, power);
    if (status) continue;
    if (!problem) problem = status.error();
    // A BMC that doesn't answer would take its time for each of them.
    if (status.error().code == ErrorCode::kTimeout || status.error().code == ErrorCode::kCancelled) break;
  }
  if (power.current || power.energy_joules) {
    power.frozen =
        watch_.add({power.current, power.minimum, power.maximum, power.average, power.energy_joules}, now);
    return power;
  }
  if (problem) return std::unexpected(*std::move(problem));
  return base::fail(ErrorCode::kNoData, chassis_.id, "the chassis tells no power");
}

}  // namespace ceems::power
