// ceems_exporter: energy, emissions and usage of compute units, for Prometheus.
#include "options.h"
#include "program/frame.h"
#include "reference.h"
#include "run.h"

int main(int argc, char** argv) {
  using namespace ceems;
  exporter::Options options;
  const program::Server server{
      .name = "ceems_exporter",
      .description = "Prometheus exporter of energy, emissions and usage of compute units.",
      .declare_flags = [&](config::Flags& flags) { exporter::declare_flags(flags, options); },
      .metrics = exporter::describe_metrics,
      .complete = [&](const config::Flags& flags) { return exporter::complete(flags, options); },
      .check = [&] { return exporter::check(options); },
      .run = [&] { return exporter::run(options); },
      .logs_failure = true};
  return program::run_server(server, options, argc, argv);
}
