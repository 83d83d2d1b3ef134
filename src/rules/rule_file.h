// A Prometheus rule file as data, and as text
// (https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/).
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace ceems::rules {

// Printed in this order. Long values are folded: runs of blanks in them become one.
using Labels = std::vector<std::pair<std::string, std::string>>;

// A recording rule, or an alert when `alert` is set.
struct Rule {
  std::string comment = {};  // for the reader of the file; lines without "#"
  std::string record = {};
  std::string alert = {};
  std::string expression = {};  // PromQL; may have several lines
  std::string hold = {};        // alerts: how long the expression must hold, "15m"
  Labels labels = {};
  Labels annotations = {};  // alerts
};

struct RuleGroup {
  std::string name = {};
  std::string interval = {};     // "15s"; empty: the server's evaluation_interval
  std::vector<Rule> rules = {};  // evaluated in this order, at one instant
};

struct RuleFile {
  std::string name = {};     // "host-usage.rules"
  std::string comment = {};  // heads the file
  std::vector<RuleGroup> groups = {};
};

std::string to_yaml(const RuleFile& file);

}  // namespace ceems::rules
