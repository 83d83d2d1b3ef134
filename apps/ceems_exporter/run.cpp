#include "run.h"

#include "base/host.h"
#include "base/log.h"
#include "collectors.h"
#include "http/server.h"
#include "program/configuration.h"
#include "program/privileges.h"
#include "program/signals.h"
#include "program/start.h"
#include "serving.h"

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <string>
#include <vector>

namespace ceems::exporter {

namespace {

constexpr std::chrono::milliseconds kStopGrace{5'000};
// More would let each thread keep freed memory of its own.
constexpr int kMallocArenas = 2;

std::string hostname_label(const Options& options) {
  if (options.empty_hostname) return "";
  const char* given = std::getenv("NODE_NAME");
  if (given != nullptr && *given != '\0') return given;
  const auto name = base::host_name();
  if (!name)
    base::Logger().error("cannot get the host name: label hostname stays empty", {{"err", name.error()}});
  return name.value_or("");
}

void complete_node(Options& options) {
  options.node.hostname = hostname_label(options);
  options.node.comparable_output = options.empty_hostname;
}

void warn_about_former_names(const Options& options) {
  for (const auto& [former, now] : former_names_given(options))
    base::Logger().warn("a flag has another name now", {{"given", "--" + former}, {"use", "--" + now}});
}

// Null without.
std::unique_ptr<collector::TargetsEndpoint> make_targets(const Options& options) {
  if (!options.discover_targets) return nullptr;
  auto targets = collector::TargetsEndpoint::create(options.node, options.units, options.targets);
  if (targets == nullptr)
    base::Logger().warn("there are no targets for profilers without --collector.slurm, .lsf or .k8s");
  return targets;
}

void log_collectors(const std::vector<std::unique_ptr<collector::Collector>>& collectors) {
  std::vector<std::string> names;
  for (const auto& one : collectors) {
    names.emplace_back(one->name());
    for (const std::string_view other : one->names()) {
      if (other != one->name()) names.emplace_back(other);
    }
  }
  std::ranges::sort(names);
  for (const std::string& name : names)
    base::Logger().info("enabled collector", {{"collector", name}});
}

}  // namespace

int check(const Options& given) {
  Options options = given;
  complete_node(options);
  base::Status status;
  if (!options.web.config_file.empty()) status = http::check_web_config(options.web.config_file);
  if (status && !options.units.generic_config_file.empty())
    status = collector::check_generic_config(options.units.generic_config_file);
  if (status) {
    const auto collectors = make_collectors(options);
    if (!collectors) status = std::unexpected(collectors.error());
  }
  return program::report_check(status);
}

base::Status run(Options options) {
  const base::Logger log;
  ::mallopt(M_ARENA_MAX, kMallocArenas);
  program::Signals signals;
  program::log_start("ceems_exporter");
  // Every unit costs descriptors: all that the limit allows are wanted.
  program::raise_descriptor_limit();
  complete_node(options);
  warn_about_former_names(options);

  CEEMS_TRY(auto collectors, make_collectors(options));
  log_collectors(collectors);
  program::FileNeeds files;
  files.web_config_file = options.web.config_file;
  CEEMS_TRY(program::Privileges privileges, program::Privileges::prepare(options.security, files));
  std::unique_ptr<collector::TargetsEndpoint> targets = make_targets(options);
  std::vector<base::CapabilityNeed> needs = capability_needs(collectors);
  if (targets != nullptr) std::ranges::move(targets->needs(), std::back_inserter(needs));
  CEEMS_TRY(const std::unique_ptr<Serving> serving,
            Serving::create(options, privileges.file_access(), std::move(targets)));
  CEEMS_TRY(const std::vector<base::MissingCapability> missing,
            privileges.drop(std::move(needs), may_use_sudo(options)));
  serving->start(std::move(collectors), missing);
  for (const std::string& address : serving->addresses())
    log.info("listening", {{"address", address}});

  signals.wait();
  if (!serving->stop(kStopGrace)) {
    // Destructors would pull away what the stuck thread still uses.
    std::_Exit(EXIT_SUCCESS);
  }
  return {};
}

}  // namespace ceems::exporter
