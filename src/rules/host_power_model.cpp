#include "rules/host_power.h"
#include "rules/template.h"

#include <vector>

namespace ceems::rules {

namespace {

constexpr std::string_view kHostPower = R"(
<pue> * sum by (<host>) (rate(ceems_estimated_energy_joules_total{domain="package"<,J>}[<R>]))
)";

}  // namespace

std::vector<Rule> power_model_rules(const RuleOptions& options) {
  return {
      host_power_rule(
          PowerSource::kPowerModel,
          "power-model: watts of a host as the exporter estimates them, PUE included. A host with "
          "a meter\nis left to it.",
          fill(kHostPower, options), options),
      shared_power_rule(PowerSource::kPowerModel, "cpu_time", "",
                        recorded_host_power(PowerSource::kPowerModel, options)),
  };
}

}  // namespace ceems::rules
