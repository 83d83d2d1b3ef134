// What meters of whole nodes say.
#include "base/check.h"
#include "base/text.h"
#include "rules/host_power.h"
#include "rules/template.h"

#include <string>
#include <string_view>
#include <vector>

namespace ceems::rules {

namespace {

constexpr std::string_view kRedfish = R"(
@sum@ by (<host>) (
  max by (<host>, chassis) (avg_over_time(ceems_redfish_power_current_watts@chassis@[<R>]))
  or
  max by (<host>, chassis) (avg_over_time(ceems_redfish_current_watts@chassis@[<R>]))
) > 0
)";

constexpr std::string_view kIpmi = R"(
max by (<host>) (
  avg_over_time(ceems_ipmi_dcmi_power_current_watts{<J>}[<R>])
  or
  avg_over_time(ceems_ipmi_dcmi_current_watts{<J>}[<R>])
) > 0
)";

constexpr std::string_view kHwmon = R"(
@sum@ by (<host>) (
@meters@
) > 0
)";
constexpr std::string_view kHwmonMeter = R"(
avg_over_time(ceems_hwmon_power_current_watts{@meter@<,J>}[<R>])
or
avg_over_time(ceems_hwmon_power_avg_watts{@meter@<,J>}[<R>])
)";
// Drivers that measure whole nodes: ACPI power meters, and IBM's.
constexpr std::string_view kNodeMeters = R"(chip_name=~"power_meter|aem[0-9]+")";

std::string redfish_watts(const RuleOptions& options) {
  std::string text = fill(kRedfish, options);
  const std::string job = fill("<,J>", options);
  const bool chosen = !options.redfish_chassis.empty();
  const std::string matcher =
      chosen ? "{" + any_of_matcher("chassis", options.redfish_chassis) + job + "}" : fill("{<J>}", options);
  text = base::replace_all(text, "@sum@", chosen ? "sum" : "max");
  return base::replace_all(text, "@chassis@", matcher);
}

// "power_meter", or "power_meter/power1".
std::string hwmon_matcher(const std::string& meter) {
  const std::size_t slash = meter.rfind('/');
  if (slash == std::string::npos) return any_of_matcher("chip_name", {meter});
  return any_of_matcher("chip_name", {meter.substr(0, slash)}) + "," +
         any_of_matcher("sensor", {meter.substr(slash + 1)});
}

std::string hwmon_watts(const RuleOptions& options) {
  std::vector<std::string> matchers;
  for (const std::string& meter : options.hwmon_meters)
    matchers.push_back(hwmon_matcher(meter));
  const bool chosen = !matchers.empty();
  if (!chosen) matchers.emplace_back(kNodeMeters);
  std::string meters;
  for (const std::string& matcher : matchers) {
    if (!meters.empty()) meters += "\nor\n";
    meters += base::replace_all(fill(kHwmonMeter, options), "@meter@", matcher);
  }
  const std::string text = base::replace_all(fill(kHwmon, options), "@sum@", chosen ? "sum" : "max");
  return base::replace_all(text, "@meters@", indented(meters, "  "));
}

}  // namespace

std::string node_meter_watts(PowerSource source, const RuleOptions& options) {
  if (source == PowerSource::kRedfish) return redfish_watts(options);
  if (source == PowerSource::kIpmi) return fill(kIpmi, options);
  CEEMS_CHECK(source == PowerSource::kHwmon);
  return hwmon_watts(options);
}

}  // namespace ceems::rules
