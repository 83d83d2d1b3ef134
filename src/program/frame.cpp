#include "program/frame.h"

#include "base/log.h"
#include "exposition/catalogue.h"

#include <fmt/format.h>

namespace ceems::program {

namespace {

int fail_to_start(const Server& server, const base::Error& error) {
  config::print_start_error(server.name, error.text());
  return 1;
}

int print_reference(const Server& server, const config::Flags& flags) {
  base::configure_logging(base::LogLevel::kError, base::LogFormat::kLogfmt);
  const auto metrics = server.metrics();
  if (!metrics) return fail_to_start(server, metrics.error());
  fmt::print("{}\n## Metrics\n\n{}", config::markdown_reference(flags), *metrics);
  return 0;
}

}  // namespace

int run_server(const Server& server, CommonOptions& options, int argc, const char* const* argv) {
  config::Flags flags(server.name, server.description);
  server.declare_flags(flags);
  if (const auto exit = flags.parse(argc, argv)) return *exit;
  if (options.print_reference) return print_reference(server, flags);
  complete(options.security);
  if (const auto status = server.complete(flags); !status) return fail_to_start(server, status.error());
  if (const auto status = start_logging(options.log); !status) return fail_to_start(server, status.error());
  if (options.check_config) return server.check();
  const auto status = server.run();
  if (status) return 0;
  if (!server.logs_failure) return fail_to_start(server, status.error());
  base::Logger().error("cannot start", {{"err", status.error()}});
  return 1;
}

base::Result<std::string> describe_self_metrics(std::span<const exposition::Family> families) {
  exposition::Catalogue catalogue;
  catalogue.add("--web.metrics", families);
  CEEMS_TRY_VOID(catalogue.check());
  return catalogue.markdown();
}

}  // namespace ceems::program
