// The parts of the configuration that the update cycle lives by: ceems_api_server.data, clusters, updaters.
#pragma once

#include "base/result.h"
#include "config/http_client.h"
#include "config/yaml.h"
#include "manager/settings.h"
#include "store/time_zone.h"
#include "store/writer.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace ceems::update {

using std::chrono::milliseconds;

// Query templates by metric and name of the sub-metric.
using Queries = std::map<std::string, std::map<std::string, std::string>>;

struct DataSettings {
  std::string path = "data";
  std::string backup_path{};  // "": no backups
  milliseconds retention{std::chrono::hours(30 * 24)};
  milliseconds update_interval{std::chrono::minutes(15)};
  milliseconds max_update_interval{std::chrono::hours(1)};
  milliseconds backup_interval{std::chrono::hours(24)};  // 0: no backups
  std::size_t backups_kept = 0;                          // 0: all
  std::int64_t update_from_ms = 0;                       // for an empty database
  store::TimeZone time_zone{};
  store::Accounting accounting = store::Accounting::kLegacy;
  store::MeanWeights weights{};

  bool makes_backups() const { return !backup_path.empty() && backup_interval.count() > 0; }
  std::int64_t retention_days() const { return std::chrono::floor<std::chrono::days>(retention).count(); }
};

// extra_config of an updater of kind "tsdb".
struct TsdbSettings {
  std::int64_t query_max_series = 50;
  double query_min_samples = 0.5;
  milliseconds cutoff_duration{0};
  milliseconds query_timeout{60'000};
  milliseconds scrape_interval{0};      // 0: the server's
  milliseconds evaluation_interval{0};  // 0: the server's
  bool delete_ignored = false;
  std::vector<std::string> labels_to_drop{};
  Queries queries{};  // the defaults unless the file has any
};

struct UpdaterSettings {
  std::string id{};
  std::string kind{};
  config::HttpClientConfig web{};  // an empty URL makes it inert
  TsdbSettings tsdb{};
};

struct Settings {
  DataSettings data{};
  std::vector<manager::ClusterSettings> clusters{};
  std::vector<UpdaterSettings> updaters{};
};

// Errors are "file:line: key: what". `default_queries` stand in where an updater names none; `now_ms` tells
// which day is today. Unknown keys are left to the caller, who lists them with Document::unknown_keys().
base::Result<Settings> read_settings(const config::Document& document, const std::string& directory,
                                     const Queries& default_queries, std::int64_t now_ms);

}  // namespace ceems::update
