// What the main functions of servers have in common: flags, their page of the manual, logging, the check of
// the configuration, and the run.
#pragma once

#include "base/result.h"
#include "config/flags.h"
#include "exposition/family.h"
#include "program/options.h"

#include <functional>
#include <span>
#include <string>

namespace ceems::program {

// What differs.
struct Server {
  std::string name;  // "ceems_lb"
  std::string description;
  std::function<void(config::Flags&)> declare_flags;
  // The tables of the manual's section on metrics.
  std::function<base::Result<std::string>()> metrics;
  // After parsing: kInvalid for values that make no sense.
  std::function<base::Status(const config::Flags&)> complete;
  // Says whether the configuration is valid; the exit status.
  std::function<int()> check;
  // Returns when the server was told to end; an error if it could not start.
  std::function<base::Status()> run;
  // That error goes into the log instead of standard error.
  bool logs_failure = false;
};

// The exit status. `options` are those that `declare_flags` binds.
int run_server(const Server& server, CommonOptions& options, int argc, const char* const* argv);

// Server::metrics of those whose metrics are about themselves alone.
base::Result<std::string> describe_self_metrics(std::span<const exposition::Family> families);

}  // namespace ceems::program
