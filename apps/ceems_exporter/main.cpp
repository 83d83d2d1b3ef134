// ceems_exporter: energy, emissions and usage of compute units, for Prometheus.
#include "base/log.h"
#include "config/flags.h"
#include "options.h"
#include "reference.h"
#include "run.h"

#include <fmt/format.h>

namespace {

constexpr const char* kProgram = "ceems_exporter";

int fail_to_start(const ceems::base::Error& error) {
  ceems::config::print_start_error(kProgram, error.text());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace ceems;
  exporter::Options options;
  config::Flags flags(kProgram, "Prometheus exporter of energy, emissions and usage of compute units.");
  exporter::declare_flags(flags, options);
  if (const auto exit = flags.parse(argc, argv)) return *exit;
  if (const auto status = exporter::complete(flags, options); !status) return fail_to_start(status.error());
  if (options.print_reference) {
    base::configure_logging(base::LogLevel::kError, base::LogFormat::kLogfmt);
    const auto text = exporter::reference(flags);
    if (!text) return fail_to_start(text.error());
    fmt::print("{}", *text);
    return 0;
  }
  if (const auto status = program::start_logging(options.log); !status) return fail_to_start(status.error());
  if (options.check_config) return exporter::check(options);
  if (const auto status = exporter::run(std::move(options)); !status) {
    base::Logger().error("cannot start", {{"err", status.error()}});
    return 1;
  }
  return 0;
}
