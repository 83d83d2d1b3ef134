// The commands of ceems_tool, one file each. Machine-readable output goes to stdout, words for people to
// stderr.
#pragma once

#include "config/commands.h"

#include <memory>
#include <string>

namespace ceems::tool {

// Checks web configuration files, their certificates included.
std::unique_ptr<config::Command> make_check_web_config();

// Asks a server's /health. `default_url` is where it listens unless told otherwise.
std::unique_ptr<config::Command> make_check_health(std::string default_url);

// Writes a web configuration with a new password and, if wanted, a new certificate.
std::unique_ptr<config::Command> make_create_web_config();

// Writes a PromQL query in one canonical way, or only says whether it is valid.
std::unique_ptr<config::Command> make_promql_format();
std::unique_ptr<config::Command> make_promql_check();

// Writes recording and alerting rules for a site's choices.
std::unique_ptr<config::Command> make_rules_render();

// Look at what a Prometheus server holds: write recording rules for it, relabelling for its exporters of
// GPUs, and queries for the API server's updater.
std::unique_ptr<config::Command> make_create_recording_rules();
std::unique_ptr<config::Command> make_create_relabel_configs();
std::unique_ptr<config::Command> make_create_updater_queries();

}  // namespace ceems::tool
