// What units read, write, send and receive, as the exporter's BPF programs count it.
#include "rules/rule_sets.h"
#include "rules/template.h"

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace ceems::rules {

namespace {

struct Counted {
  std::string_view file;
  std::string_view comment;  // of the file
  std::string_view group;    // "io"
  std::string_view record;   // "io"
  std::array<std::string_view, 2> directions;
  std::array<std::string_view, 3> quantities;  // empty ones at the end
  std::string_view apart;                      // labels that sums over a job keep
};

constexpr Counted kIo{.file = "io-usage.rules",
                      .comment = "What units read from file systems and write to them, per second.",
                      .group = "io-usage-rules",
                      .record = "io",
                      .directions = {"read", "write"},
                      .quantities = {"bytes", "requests", "errors"},
                      .apart = "mountpoint"};
constexpr Counted kNetwork{.file = "network-usage.rules",
                           .comment = "What units receive from networks and send to them, per second.",
                           .group = "network-usage-rules",
                           .record = "net",
                           .directions = {"ingress", "egress"},
                           .quantities = {"bytes", "packets", ""},
                           .apart = "family, proto"};

RuleFile usage_rules(const Counted& counted, const RuleOptions& options) {
  RuleGroup units{.name = std::string(counted.group), .interval = group_interval(options)};
  RuleGroup jobs{.name = "host-agg-" + std::string(counted.group), .interval = group_interval(options)};
  for (const std::string_view direction : counted.directions) {
    for (const std::string_view quantity : counted.quantities) {
      if (quantity.empty()) continue;
      const std::string rate =
          fill(fmt::format("irate(ceems_ebpf_{}_{}_total{{<J>}}[<R>])", direction, quantity), options);
      units.rules.push_back(
          {.record = fmt::format("uuid:ceems_{}_{}_{}:irate", counted.record, direction, quantity),
           .expression = rate});
      jobs.rules.push_back(
          {.record = fmt::format("job:ceems_{}_{}_{}:sum_irate", counted.record, direction, quantity),
           .expression = fmt::format("sum by ({}, {}) ({})", fill("<job>", options), counted.apart, rate)});
    }
  }
  units.rules.front().comment = "Of a unit, between the last two scrapes.";
  jobs.rules.front().comment = "Of all units of a scrape job.";
  return {
      .name = std::string(counted.file),
      .comment = fmt::format(
          "{}\nExplained in docs/recording-rules.md; `ceems_tool rules render` writes it for other choices.",
          counted.comment),
      .groups = {std::move(units), std::move(jobs)}};
}

}  // namespace

RuleFile io_usage_rules(const RuleOptions& options) {
  return usage_rules(kIo, options);
}

RuleFile network_usage_rules(const RuleOptions& options) {
  return usage_rules(kNetwork, options);
}

}  // namespace ceems::rules
