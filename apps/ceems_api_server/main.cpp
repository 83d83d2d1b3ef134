// ceems_api_server: who ran what, and what it took, kept in a database and told over HTTP.
#include "api/self_metrics.h"
#include "configuration.h"
#include "options.h"
#include "program/frame.h"
#include "run.h"

int main(int argc, char** argv) {
  using namespace ceems;
  api_server::Options options;
  const program::Server server{
      .name = "ceems_api_server",
      .description = "Accounting of compute units: collects what they used and serves it over HTTP.",
      .declare_flags = [&](config::Flags& flags) { api_server::declare_flags(flags, options); },
      .metrics = [] { return program::describe_self_metrics(api::SelfMetrics::families()); },
      .complete = [&](const config::Flags&) { return api_server::complete(options); },
      .check = [&] { return api_server::check(options); },
      .run = [&] { return api_server::run(options); }};
  return program::run_server(server, options, argc, argv);
}
