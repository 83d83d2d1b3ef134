// redfish_proxy: stands between compute nodes and the Redfish services of their BMCs.
#include "bmcproxy/self_metrics.h"
#include "config/flags.h"
#include "configuration.h"
#include "exposition/catalogue.h"
#include "options.h"
#include "run.h"

#include <fmt/format.h>

namespace {

constexpr const char* kProgram = "redfish_proxy";

int fail_to_start(const ceems::base::Error& error) {
  ceems::config::print_start_error(kProgram, error.text());
  return 1;
}

int print_reference(const ceems::config::Flags& flags) {
  ceems::exposition::Catalogue catalogue;
  catalogue.add("--web.metrics", ceems::bmcproxy::SelfMetrics::families());
  if (const auto status = catalogue.check(); !status) return fail_to_start(status.error());
  fmt::print("{}\n## Metrics\n\n{}", ceems::config::markdown_reference(flags), catalogue.markdown());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace ceems;
  redfish_proxy::Options options;
  config::Flags flags(kProgram, "Lets compute nodes read power from their BMCs, and nothing else.");
  redfish_proxy::declare_flags(flags, options);
  if (const auto exit = flags.parse(argc, argv)) return *exit;
  if (options.print_reference) return print_reference(flags);
  if (const auto status = redfish_proxy::complete(options); !status) return fail_to_start(status.error());
  if (const auto status = program::start_logging(options.log); !status) return fail_to_start(status.error());
  if (options.check_config) return redfish_proxy::check(options);
  if (const auto status = redfish_proxy::run(options); !status) return fail_to_start(status.error());
  return 0;
}
