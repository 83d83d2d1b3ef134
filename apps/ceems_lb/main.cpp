// ceems_lb: stands in front of TSDBs and Pyroscope servers, and lets users see only what is theirs.
#include "configuration.h"
#include "lb/self_metrics.h"
#include "options.h"
#include "program/frame.h"
#include "run.h"

int main(int argc, char** argv) {
  using namespace ceems;
  load_balancer::Options options;
  const program::Server server{
      .name = "ceems_lb",
      .description =
          "Balances queries over TSDBs and Pyroscope servers, and lets users see only their units.",
      .declare_flags = [&](config::Flags& flags) { load_balancer::declare_flags(flags, options); },
      .metrics = [] { return program::describe_self_metrics(lb::SelfMetrics::families()); },
      .complete = [&](const config::Flags&) { return load_balancer::complete(options); },
      .check = [&] { return load_balancer::check(options); },
      .run = [&] { return load_balancer::run(options); }};
  return program::run_server(server, options, argc, argv);
}
