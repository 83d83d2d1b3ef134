// Recording and alerting rules for a Prometheus server (2.42 or later, and engines that read its rule files),
// as text. What each record means stands in docs/recording-rules.md. Thread-safe.
#pragma once

#include "base/result.h"
#include "rules/options.h"

#include <string>
#include <vector>

namespace ceems::rules {

struct RenderedFile {
  std::string name;  // "host-usage.rules"
  std::string text;  // YAML
};

// All files of this choice, made to be loaded together. kInvalid when check_options() objects.
base::Result<std::vector<RenderedFile>> render_rules(const RuleOptions& options);

}  // namespace ceems::rules
