#include "rules/job_files.h"

#include "config/duration.h"
#include "rules/rule_file.h"
#include "rules/rule_sets.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace ceems::rules {

namespace {

void move_rules(RuleGroup from, RuleGroup& to) {
  to.interval = from.interval;
  std::ranges::move(from.rules, std::back_inserter(to.rules));
}

// Rules of units, which energy is integrated from, have the interval that was chosen; those of whole jobs
// need no more than one value for each rate window.
void finish(RuleFile& file, RuleGroup units, RuleGroup jobs, const RuleOptions& options) {
  jobs.interval = config::print_duration(options.rate_window);
  if (!units.rules.empty()) file.groups.push_back(std::move(units));
  if (!jobs.rules.empty()) file.groups.push_back(std::move(jobs));
}

void add_counted(RuleFile& file, RuleFile counted, std::string_view name, const RuleOptions& options) {
  const std::string job = file_name_of(options.job);
  RuleGroup units{.name = fmt::format("compute-unit-{}-rules-{}", name, job)};
  RuleGroup jobs{.name = fmt::format("host-agg-{}-rules-{}", name, job)};
  move_rules(std::move(counted.groups.front()), units);
  move_rules(std::move(counted.groups.back()), jobs);
  finish(file, std::move(units), std::move(jobs), options);
}

base::Status check(const RuleOptions& options, std::string_view job) {
  if (job.empty()) return base::fail(base::ErrorCode::kInvalid, "job", "no scrape job");
  return check_options(options);
}

}  // namespace

std::string file_name_of(std::string_view job) {
  std::string name(job);
  for (char& c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '_' || c == '-';
    if (!plain) c = '_';
  }
  if (name.starts_with('.')) name.front() = '_';
  return name;
}

base::Result<RenderedFile> render_job_rules(const RuleOptions& options, const JobFileParts& parts) {
  CEEMS_TRY_VOID(check(options, options.job));
  RuleGroup units{.name = "compute-unit-rules-" + file_name_of(options.job)};
  RuleGroup jobs{.name = "host-agg-rules-" + file_name_of(options.job)};
  RuleFile usage = host_usage_rules(options);
  move_rules(std::move(usage.groups.front()), units);
  move_rules(std::move(usage.groups.back()), jobs);
  move_rules(std::move(host_power_rules(options).groups.front()), units);
  RuleFile emissions = host_emissions_rules(options);
  if (emissions.groups.size() > 1) move_rules(std::move(emissions.groups.front()), units);
  move_rules(std::move(emissions.groups.back()), jobs);
  RuleFile file{.name = file_name_of(options.job) + ".rules",
                .comment = fmt::format("Usage, power and emissions of the hosts of scrape job {} and of the "
                                       "units on them.\nExplained in docs/recording-rules.md.",
                                       options.job)};
  finish(file, std::move(units), std::move(jobs), options);
  if (parts.io) add_counted(file, io_usage_rules(options), "io", options);
  if (parts.network) add_counted(file, network_usage_rules(options), "network", options);
  return RenderedFile{.name = file.name, .text = to_yaml(file)};
}

base::Result<RenderedFile> render_gpu_job_rules(const RuleOptions& options, const GpuFileParts& parts) {
  CEEMS_TRY_VOID(check(options, options.gpu_job));
  CEEMS_TRY_VOID(check(options, options.job));
  std::string name = file_name_of(options.gpu_job);
  if (parts.name_of_job) name += "-" + file_name_of(options.job);
  RuleGroup units{.name = "compute-unit-gpu-rules-" + name};
  RuleGroup jobs{.name = "host-agg-gpu-rules-" + name};
  for (const auto make : {gpu_power_rules, gpu_usage_rules}) {
    RuleFile one = make(options);
    if (parts.units) move_rules(std::move(one.groups.front()), units);
    if (parts.job) move_rules(std::move(one.groups.back()), jobs);
  }
  RuleFile file{.name = name + "-gpu.rules",
                .comment = fmt::format("Power, emissions and usage of the GPUs of scrape job {}, and of the "
                                       "units of scrape job {} on them.\nExplained in "
                                       "docs/recording-rules.md.",
                                       options.gpu_job, options.job)};
  finish(file, std::move(units), std::move(jobs), options);
  return RenderedFile{.name = file.name, .text = to_yaml(file)};
}

}  // namespace ceems::rules
