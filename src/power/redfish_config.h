// The configuration file of Redfish: which BMC, and as whom.
#pragma once

#include "base/result.h"
#include "config/http_client.h"

#include <chrono>
#include <string>
#include <vector>

namespace ceems::power {

struct RedfishConfig {
  std::string target;    // "https://node7-bmc:443": of the BMC, port always present
  std::string endpoint;  // what is contacted: external_url of a proxy, else the target; no slash at the end
  bool proxied = false;  // external_url was given
  std::string username;  // "": without authentication
  std::string password;  // secret
  bool use_session_token = true;
  std::chrono::milliseconds timeout{5'000};  // of one request
  config::HttpClientConfig client;           // its credentials are for the proxy
  std::vector<std::string> warnings;
};

// Reads the block `redfish_collector`, or `redfish_web_config`, its former name. `hostname` replaces
// "{hostname}". REDFISH_WEB_USERNAME and REDFISH_WEB_PASSWORD replace what the file says. Errors name file
// and line.
base::Result<RedfishConfig> load_redfish_config(const std::string& path, bool expand_environment,
                                                const std::string& hostname);

}  // namespace ceems::power
