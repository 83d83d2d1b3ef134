// redfish_proxy: stands between compute nodes and the Redfish services of their BMCs.
#include "bmcproxy/self_metrics.h"
#include "configuration.h"
#include "options.h"
#include "program/frame.h"
#include "run.h"

int main(int argc, char** argv) {
  using namespace ceems;
  redfish_proxy::Options options;
  const program::Server server{
      .name = "redfish_proxy",
      .description = "Lets compute nodes read power from their BMCs, and nothing else.",
      .declare_flags = [&](config::Flags& flags) { redfish_proxy::declare_flags(flags, options); },
      .metrics = [] { return program::describe_self_metrics(bmcproxy::SelfMetrics::families()); },
      .complete = [&](const config::Flags&) { return redfish_proxy::complete(options); },
      .check = [&] { return redfish_proxy::check(options); },
      .run = [&] { return redfish_proxy::run(options); }};
  return program::run_server(server, options, argc, argv);
}
