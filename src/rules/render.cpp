#include "rules/render.h"

#include "rules/rule_file.h"
#include "rules/rule_sets.h"

#include <algorithm>

namespace ceems::rules {

base::Result<std::vector<RenderedFile>> render_rules(const RuleOptions& options) {
  CEEMS_TRY_VOID(check_options(options));
  const auto wants = [&](PowerSource source) {
    return std::ranges::find(options.power_sources, source) != options.power_sources.end();
  };
  std::vector<RuleFile> files;
  files.push_back(host_usage_rules(options));
  if (wants(PowerSource::kRapl)) files.push_back(host_power_rapl_rules(options));
  if (wants(PowerSource::kPowerModel)) files.push_back(host_power_model_rules(options));
  files.push_back(host_emissions_rules(options));
  files.push_back(alert_rules(options));

  std::vector<RenderedFile> rendered;
  for (const RuleFile& file : files)
    rendered.push_back({.name = file.name, .text = to_yaml(file)});
  return rendered;
}

}  // namespace ceems::rules
