// What the resources of a Redfish service say, from their JSON. Pure functions: a text that is no JSON object
// gives nothing, what is missing in it or has another type is left out. Links are paths of the service
// itself, for what a BMC says must not send credentials elsewhere; any other is as none.
//
// Format: DMTF DSP0266 (protocol) and DSP0268 (schemas ServiceRoot, Chassis, Power, EnvironmentMetrics,
// PowerSubsystem, PowerSupply, PowerSupplyMetrics, Sensor).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::power {

struct RedfishPower {
  std::string chassis;       // Id: "System.Embedded.1"
  std::string type;          // "RackMount", "Enclosure", …; may be empty
  std::string contained_by;  // the last part of that chassis' link; may be empty
  std::string source;        // of `current`: "Power", "EnvironmentMetrics", "PowerSupplies", "Sensors"; or ""
  // Watts; nothing where the BMC says nothing, or what no chassis can have (negative, above a megawatt).
  std::optional<double> current = {};
  std::optional<double> minimum = {};
  std::optional<double> maximum = {};
  std::optional<double> average = {};
  std::optional<double> energy_joules = {};  // as the BMC counts it since a time of its own
  bool frozen = false;                       // see FrozenWatch
};

struct RedfishService {
  std::string sessions;  // link of the collection of sessions
  std::string chassis;
};
std::optional<RedfishService> parse_redfish_service(std::string_view json);

struct RedfishCollection {
  std::vector<std::string> members;
  std::string next;  // link of the page that follows; may be empty
};
std::optional<RedfishCollection> parse_redfish_collection(std::string_view json);

struct RedfishChassis {
  std::string id;
  std::string type;
  std::string contained_by;
  // Links; any may be empty.
  std::string power;
  std::string environment;
  std::string power_subsystem;
  std::string sensors;
};
std::optional<RedfishChassis> parse_redfish_chassis(std::string_view json);

// Adds what a Power resource says: the sum over its power controls, without those for parts of the chassis
// (processors, memory, …) where there is one for more than that. False if it is no JSON object.
bool add_redfish_power(std::string_view json, RedfishPower& power);
// The same for EnvironmentMetrics.
bool add_redfish_environment(std::string_view json, RedfishPower& power);

// The link of the collection of power supplies in a PowerSubsystem.
std::optional<std::string> parse_redfish_power_subsystem(std::string_view json);

struct RedfishPowerSupply {
  bool absent = false;  // its place is empty
  std::string metrics;  // link; may be empty
};
std::optional<RedfishPowerSupply> parse_redfish_power_supply(std::string_view json);

struct RedfishSupplyMetrics {
  std::optional<double> watts;          // at its input, or else what it gives
  std::optional<double> energy_joules;  // at its input
};
std::optional<RedfishSupplyMetrics> parse_redfish_supply_metrics(std::string_view json);

struct RedfishSensor {
  bool of_chassis = false;  // it measures the chassis as a whole
  std::optional<double> watts;
  std::optional<double> energy_joules;
};
std::optional<RedfishSensor> parse_redfish_sensor(std::string_view json);

// Whether the name of a sensor, the last part of its link, lets expect power or energy.
bool sounds_like_power(std::string_view link);

}  // namespace ceems::power
