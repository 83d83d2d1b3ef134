#include "base/check.h"
#include "power/redfish_resource.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ceems::power;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto is_link = [](std::string_view link) {
    return link.empty() || (link.starts_with("/redfish/") && link.find("..") == std::string_view::npos);
  };
  if (const auto service = parse_redfish_service(text))
    CEEMS_CHECK(is_link(service->sessions) && is_link(service->chassis));
  if (const auto collection = parse_redfish_collection(text)) {
    CEEMS_CHECK(is_link(collection->next));
    for (const auto& member : collection->members)
      CEEMS_CHECK(!member.empty() && is_link(member));
  }
  if (const auto chassis = parse_redfish_chassis(text))
    CEEMS_CHECK(is_link(chassis->power) && is_link(chassis->environment) &&
                is_link(chassis->power_subsystem) && is_link(chassis->sensors));
  RedfishPower power;
  (void)add_redfish_power(text, power);
  (void)add_redfish_environment(text, power);
  CEEMS_CHECK(power.current.value_or(0) >= 0 && power.energy_joules.value_or(0) >= 0);
  if (const auto link = parse_redfish_power_subsystem(text)) CEEMS_CHECK(is_link(*link));
  if (const auto supply = parse_redfish_power_supply(text)) CEEMS_CHECK(is_link(supply->metrics));
  if (const auto metrics = parse_redfish_supply_metrics(text)) CEEMS_CHECK(metrics->watts.value_or(0) >= 0);
  (void)parse_redfish_sensor(text);
  return 0;
}
