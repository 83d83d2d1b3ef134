// What the command line says, with the flags' own defaults. Plain data.
#pragma once

#include "base/result.h"
#include "config/flags.h"
#include "program/options.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace ceems::api_server {

struct WebOptions {
  std::vector<std::string> listen_addresses;
  std::string config_file;  // absolute, or ""
  bool systemd_socket = false;
  std::string route_prefix;
  std::int64_t max_requests = 0;
  std::string cors_origins;
  bool compression = false;
  std::int64_t compression_level = 0;
  bool debug_server = false;  // accepted, without effect
  std::string external_url;   // named by the OpenAPI document
  std::vector<std::string> user_headers;
  std::vector<std::string> trusted_proxies;
  bool metrics = false;
};

struct Options : program::ConfiguredOptions {
  WebOptions web;
  std::chrono::milliseconds max_period{0};
  bool keep_expired = false;
  bool disable_checks = false;  // accepted, without effect
};

// Declares every flag; `options` must outlive `flags`.
void declare_flags(config::Flags& flags, Options& options);

// After parsing: makes paths absolute. kInvalid for a value that makes no sense.
base::Status complete(Options& options);

}  // namespace ceems::api_server
