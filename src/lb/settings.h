// What the configuration file says to the load balancer. Plain data, read once.
#pragma once

#include "base/result.h"
#include "config/http_client.h"
#include "config/yaml.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ceems::lb {

enum class Strategy : std::uint8_t { kRoundRobin, kLeastConnection };

struct BackendSettings {
  config::HttpClientConfig web;
  std::vector<std::string> filter_labels;  // taken out of what a TSDB answers
};

// The servers behind one cluster id. Entries of one id are one cluster.
struct ClusterSettings {
  std::string id;
  std::vector<BackendSettings> tsdb;
  std::vector<BackendSettings> pyroscope;
};

// How strict access control is, where there is any.
struct AccessSettings {
  // Metrics of no unit that everybody may read: series of these names without the label of a unit.
  std::vector<std::string> unitless_metrics;
  // Of a TSDB's API, beside what is looked into: "metadata", "status/buildinfo".
  std::vector<std::string> open_routes;
  // Parameters that are passed on although no server of Prometheus knows them.
  std::vector<std::string> extra_parameters;
  std::size_t max_units = 5'000;                        // that one selector may be narrowed to
  std::size_t max_body_bytes = std::size_t{10} << 20;   // of a request
  std::chrono::milliseconds lookback{300'000};          // --query.lookback-delta of the servers
  std::chrono::milliseconds remember{30'000};           // decisions
  std::chrono::milliseconds max_staleness{86'400'000};  // of the database, before nobody may see anything
};

struct Settings {
  Strategy strategy = Strategy::kRoundRobin;
  std::vector<ClusterSettings> clusters;               // in order of first appearance
  std::optional<std::string> data_path;                // absolute; the directory of the database
  std::optional<config::HttpClientConfig> api_server;  // where its `web` names a URL
  AccessSettings access;

  bool has_access_control() const { return data_path || api_server; }
  bool has_tsdb() const;
  bool has_pyroscope() const;
};

// Relative names of certificates and secrets resolve against `directory`, data.path against the current one.
// Errors are "file:line: key: what".
base::Result<Settings> read_settings(const config::Document& document, const std::string& directory);

// "file:line: key: unknown key" below ceems_lb. To be called after read_settings().
std::vector<std::string> unknown_keys(const config::Document& document);

}  // namespace ceems::lb
