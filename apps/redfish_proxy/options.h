// What the command line says, with the flags' own defaults. Plain data.
#pragma once

#include "base/result.h"
#include "config/flags.h"
#include "program/options.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ceems::redfish_proxy {

struct Options : program::ConfiguredOptions {
  std::vector<std::string> listen_addresses;
  std::string web_config_file;  // absolute, or ""
  bool systemd_socket = false;
  bool metrics = false;
  bool debug_server = false;
  std::vector<std::string> trusted_proxies;
};

// Declares every flag; `options` must outlive `flags`.
void declare_flags(config::Flags& flags, Options& options);

// After parsing: makes paths absolute. kInvalid for a value that makes no sense.
base::Status complete(Options& options);

}  // namespace ceems::redfish_proxy
