// Power of one chassis of a Redfish service, from whatever it has: its Power resource (deprecated since
// Redfish 2020.4), EnvironmentMetrics, its power supplies, or a sensor of the whole chassis. What was found
// to tell nothing is not asked again. Not thread-safe.
#pragma once

#include "base/result.h"
#include "power/frozen_watch.h"
#include "power/redfish_resource.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::power {

class RedfishChassisReader {
 public:
  // The text of a resource.
  using Get = std::function<base::Result<std::string>(const std::string& link)>;

  explicit RedfishChassisReader(RedfishChassis chassis) : chassis_(std::move(chassis)) {}

  const std::string& id() const { return chassis_.id; }
  // Whether anything of it may have a meter: shelves, modules and the like are no concern.
  bool may_have_power() const;

  // kNoData: it tells no power; else the error of what could not be read. kInvalid: no JSON of Redfish.
  base::Result<RedfishPower> read(const Get& get, FrozenWatch::Clock::time_point now);

 private:
  base::Status read_power(const Get& get, RedfishPower& power);
  base::Status read_environment(const Get& get, RedfishPower& power);
  base::Status read_supplies(const Get& get, RedfishPower& power);
  base::Status read_sensors(const Get& get, RedfishPower& power);
  base::Result<std::vector<std::string>> find_supplies(const Get& get) const;
  base::Result<std::vector<std::string>> find_sensors(const Get& get) const;

  RedfishChassis chassis_;                            // links that tell nothing are emptied
  std::optional<std::vector<std::string>> supplies_;  // links of their metrics, once known
  std::optional<std::vector<std::string>> sensors_;   // links of those of the whole chassis, once known
  FrozenWatch watch_;
};

}  // namespace ceems::power
