// cacct's configuration: which file, and what is in it.
#pragma once

#include "base/result.h"
#include "config/http_client.h"

#include <string>
#include <vector>

namespace ceems::report {

struct ClientConfig {
  std::string file;        // where it came from
  std::string cluster_id;  // "" for all clusters
  std::string user_header = "X-Grafana-User";
  config::HttpClientConfig web;  // web.url is the API server
};

inline constexpr const char* kSystemConfigDirectory = "/etc/ceems";

// $XDG_CONFIG_HOME/ceems or $HOME/.config/ceems; "" if the environment has neither.
std::string user_config_directory();

// The first of config.yml, config.yaml, cacct.yml, cacct.yaml in `directory`; kNotFound if there is none.
base::Result<std::string> find_config(const std::string& directory);

// Reads the section `ceems_api_server`. Errors carry file, line and key.
base::Result<ClientConfig> load_config(const std::string& file);

// "file:line: key: unknown key" for each key that cacct does not know in `ceems_api_server.web`.
base::Result<std::vector<std::string>> check_config(const std::string& file);

// Replaces the names of secret and certificate files by what is in them, so that nothing remains to be read
// with privileges that are about to be given up.
base::Status read_secret_files(config::HttpClientConfig& web);

}  // namespace ceems::report
