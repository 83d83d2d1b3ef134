// What the configuration file says: which BMCs there are, what may be asked of them, and how hard.
#pragma once

#include "base/result.h"
#include "config/http_client.h"
#include "config/yaml.h"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace ceems::bmcproxy {

// The BMC of certain clients.
struct TargetSettings {
  std::vector<std::string> clients;  // their addresses, canonical
  std::string url;                   // "https://node7-bmc:443/base"
};

// How hard one BMC is worked.
struct LimitSettings {
  std::size_t concurrent = 2;
  std::size_t waiting = 2'048;                // requests that wait for their turn; more are refused
  std::chrono::milliseconds spacing{50};      // between the beginnings of two requests
  std::chrono::milliseconds patience{8'000};  // for one's turn
  std::chrono::milliseconds timeout{10'000};  // until the BMC answers
};

struct Settings {
  std::vector<TargetSettings> targets;
  // BMCs that clients may name themselves: whole URLs (regular expressions), and networks of addresses, for
  // https only.
  std::vector<std::string> named_urls;
  std::vector<std::string> named_networks;
  std::vector<std::string> resources;  // regular expressions, searched in the path
  LimitSettings limits;
  std::chrono::milliseconds remember{
      2'000};  // how long an answer serves others who ask the same; 0: not at all
  bool share_sessions = true;
  config::HttpClientConfig client;  // towards the BMCs
  std::vector<std::string> warnings;
};

// What may be asked by default.
std::vector<std::string> default_resources();

// The block `redfish_proxy`, or `redfish_config`, its former name. Relative names of files are those of
// `directory`. Errors carry file and line; it is one if there is no BMC to ask.
base::Result<Settings> read_settings(const config::Document& document, const std::string& directory);

}  // namespace ceems::bmcproxy
