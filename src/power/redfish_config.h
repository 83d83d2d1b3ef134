// The configuration file of Redfish: which BMC, and as whom.
#pragma once

#include "base/result.h"
#include "config/http_client.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::power {

struct RedfishConfig {
  std::string protocol = "https";
  std::string host;  // "node7-bmc"; "": the BMC of this machine has to be asked where it is
  std::uint16_t port = 443;
  std::string
      external_url;      // of a proxy, which is contacted in the BMC's place; no slash at the end; may be ""
  std::string username;  // "": without authentication
  std::string password;  // secret
  bool use_session_token = true;
  std::chrono::milliseconds timeout{5'000};  // of one request
  config::HttpClientConfig client;           // its credentials are for the proxy
  std::vector<std::string> warnings;
};

// "https://node7-bmc:443", the port always present.
std::string redfish_target(const RedfishConfig& config, std::string_view host);

// Reads the block `redfish_collector`, or `redfish_web_config`, its former name. `hostname` replaces
// "{hostname}". REDFISH_WEB_USERNAME and REDFISH_WEB_PASSWORD replace what the file says. Errors name file
// and line.
base::Result<RedfishConfig> load_redfish_config(const std::string& path, bool expand_environment,
                                                const std::string& hostname);

}  // namespace ceems::power
