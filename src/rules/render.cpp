#include "rules/render.h"

#include "rules/rule_file.h"
#include "rules/rule_sets.h"

namespace ceems::rules {

base::Result<std::vector<RenderedFile>> render_rules(const RuleOptions& options) {
  CEEMS_TRY_VOID(check_options(options));
  std::vector<RuleFile> files;
  files.push_back(host_usage_rules(options));
  files.push_back(host_power_rules(options));
  files.push_back(host_emissions_rules(options));
  files.push_back(gpu_power_rules(options));
  files.push_back(gpu_usage_rules(options));
  files.push_back(io_usage_rules(options));
  files.push_back(network_usage_rules(options));
  files.push_back(alert_rules(options));

  std::vector<RenderedFile> rendered;
  rendered.reserve(files.size());
  for (const RuleFile& file : files)
    rendered.push_back({.name = file.name, .text = to_yaml(file)});
  return rendered;
}

}  // namespace ceems::rules
