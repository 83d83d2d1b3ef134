// ceems_api_server: who ran what, and what it took, kept in a database and told over HTTP.
#include "config/flags.h"
#include "configuration.h"
#include "options.h"
#include "reference.h"
#include "run.h"

#include <fmt/format.h>

namespace {

constexpr const char* kProgram = "ceems_api_server";

int fail_to_start(const ceems::base::Error& error) {
  ceems::config::print_start_error(kProgram, error.text());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace ceems;
  api_server::Options options;
  config::Flags flags(kProgram,
                      "Accounting of compute units: collects what they used and serves it over HTTP.");
  api_server::declare_flags(flags, options);
  if (const auto exit = flags.parse(argc, argv)) return *exit;
  if (options.print_reference) {
    const auto text = api_server::reference(flags);
    if (!text) return fail_to_start(text.error());
    fmt::print("{}", *text);
    return 0;
  }
  if (const auto status = api_server::complete(options); !status) return fail_to_start(status.error());
  if (const auto status = program::start_logging(options.log); !status) return fail_to_start(status.error());
  if (options.check_config) return api_server::check(options);
  if (const auto status = api_server::run(options); !status) return fail_to_start(status.error());
  return 0;
}
