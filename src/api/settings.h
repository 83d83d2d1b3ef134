// The parts of the configuration that are about administrators, and what in it nobody understands.
#pragma once

#include "base/result.h"
#include "config/yaml.h"
#include "update/grafana.h"

#include <string>
#include <vector>

namespace ceems::api {

struct AdminSettings {
  std::vector<std::string> users{};  // the service account is always one of them
  update::GrafanaSettings grafana{};
};

// Reads `ceems_api_server.admin`. Relative file names resolve against `directory`. Errors are "file:line:
// key: what".
base::Result<AdminSettings> read_admin_settings(const config::Document& document,
                                                const std::string& directory);

// "file:line: key: unknown key" for the sections that this server owns. To be called when all of them were
// read.
std::vector<std::string> unknown_keys(const config::Document& document);

}  // namespace ceems::api
