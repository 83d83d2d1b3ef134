// ceems_lb: stands in front of TSDBs and Pyroscope servers, and lets users see only what is theirs.
#include "config/flags.h"
#include "configuration.h"
#include "exposition/catalogue.h"
#include "lb/self_metrics.h"
#include "options.h"
#include "run.h"

#include <fmt/format.h>

namespace {

constexpr const char* kProgram = "ceems_lb";

int fail_to_start(const ceems::base::Error& error) {
  ceems::config::print_start_error(kProgram, error.text());
  return 1;
}

int print_reference(const ceems::config::Flags& flags) {
  ceems::exposition::Catalogue catalogue;
  catalogue.add("--web.metrics", ceems::lb::SelfMetrics::families());
  if (const auto status = catalogue.check(); !status) return fail_to_start(status.error());
  fmt::print("{}\n## Metrics\n\n{}", ceems::config::markdown_reference(flags), catalogue.markdown());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace ceems;
  load_balancer::Options options;
  config::Flags flags(
      kProgram, "Balances queries over TSDBs and Pyroscope servers, and lets users see only their units.");
  load_balancer::declare_flags(flags, options);
  if (const auto exit = flags.parse(argc, argv)) return *exit;
  if (options.print_reference) return print_reference(flags);
  if (const auto status = load_balancer::complete(options); !status) return fail_to_start(status.error());
  if (const auto status = program::start_logging(options.log); !status) return fail_to_start(status.error());
  if (options.check_config) return load_balancer::check(options);
  if (const auto status = load_balancer::run(options); !status) return fail_to_start(status.error());
  return 0;
}
