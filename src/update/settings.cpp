#include "update/settings.h"

#include "base/text.h"
#include "config/duration.h"
#include "manager/registry.h"
#include "update/template.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace ceems::update {

namespace {

using config::Node;

base::Result<milliseconds> read_duration(const Node& node, milliseconds fallback) {
  if (!node.present()) return fallback;
  CEEMS_TRY(const std::string text, node.string());
  const auto duration = config::parse_duration(text);
  if (!duration) return node.error(fmt::format("'{}' is not a duration such as 15m or 1d", text));
  return *duration;
}

base::Result<milliseconds> read_positive_duration(const Node& node, milliseconds fallback) {
  CEEMS_TRY(const milliseconds duration, read_duration(node, fallback));
  if (duration.count() == 0) return node.error("must not be zero");
  return duration;
}

// A date, with or without a time of day, in the site's time zone; "today" and "" are the day that `now_ms` is
// in.
base::Result<std::int64_t> read_update_from(const Node& node, const store::TimeZone& zone,
                                            std::int64_t now_ms) {
  CEEMS_TRY(const std::string raw, node.string());
  const std::string text(base::trim(raw));
  if (text.empty() || text == "today") return zone.day_start(now_ms);
  for (const std::string_view rest : {"", ":00", "T00:00:00"})
    if (const auto time = zone.parse_local(text + std::string(rest))) return *time;
  return node.error(
      fmt::format("'{}' is not a date such as 2026-01-31, 2026-01-31T12:30 or 2026-01-31T12:30:00", text));
}

base::Result<store::TimeZone> read_time_zone(const Node& node) {
  // An empty text is UTC, an absent key the zone of this machine.
  CEEMS_TRY(const std::string name, node.string("Local"));
  auto zone = store::TimeZone::find(name);
  if (!zone) return node.error(fmt::format("unknown time zone '{}'", name));
  return zone;
}

base::Result<store::MeanWeights> read_weights(const Node& node) {
  CEEMS_TRY_VOID(node.check_map());
  store::MeanWeights::ByName by_name;
  for (const auto& [name, key_node] : node.pairs()) {
    CEEMS_TRY(std::string key, key_node.string());
    const auto keys = store::MeanWeights::keys();
    if (std::ranges::find(keys, key) == keys.end())
      return key_node.error(fmt::format("'{}' is none of {}", key, fmt::join(keys, ", ")));
    by_name.emplace(name, std::move(key));
  }
  return store::MeanWeights(std::move(by_name));
}

base::Result<DataSettings> read_data(const Node& node, std::int64_t now_ms) {
  DataSettings data;
  CEEMS_TRY_VOID(node.check_map());
  CEEMS_TRY(data.path, node["path"].string(data.path));
  CEEMS_TRY(data.backup_path, node["backup_path"].string());
  CEEMS_TRY(data.retention, read_duration(node["retention_period"], data.retention));
  CEEMS_TRY(data.update_interval, read_positive_duration(node["update_interval"], data.update_interval));
  CEEMS_TRY(data.max_update_interval,
            read_positive_duration(node["max_update_interval"], data.max_update_interval));
  CEEMS_TRY(data.backup_interval, read_duration(node["backup_interval"], data.backup_interval));
  if (data.backup_interval.count() != 0 && data.backup_interval < std::chrono::hours(24))
    return node["backup_interval"].error("must be 0 or at least 1d");
  CEEMS_TRY(const std::int64_t kept, node["backup_count"].integer(0));
  if (kept < 0) return node["backup_count"].error("must not be negative");
  data.backups_kept = static_cast<std::size_t>(kept);
  CEEMS_TRY(data.time_zone, read_time_zone(node["time_zone"]));
  CEEMS_TRY(data.update_from_ms, read_update_from(node["update_from"], data.time_zone, now_ms));
  CEEMS_TRY(const std::string accounting, node["accounting"].string("legacy"));
  if (accounting == "exact") {
    data.accounting = store::Accounting::kExact;
  } else if (accounting != "legacy") {
    return node["accounting"].error("must be legacy or exact");
  }
  CEEMS_TRY(data.weights, read_weights(node["avg_custom_stats_weights"]));
  return data;
}

base::Result<Queries> read_queries(const Node& node) {
  Queries queries;
  CEEMS_TRY_VOID(node.check_map());
  for (const auto& [metric, by_name] : node.pairs()) {
    CEEMS_TRY_VOID(by_name.check_map());
    for (const auto& [name, text_node] : by_name.pairs()) {
      CEEMS_TRY(std::string text, text_node.string());
      if (const auto parsed = QueryTemplate::parse(text); !parsed)
        return text_node.error(parsed.error().message);
      queries[metric].emplace(name, std::move(text));
    }
  }
  return queries;
}

base::Result<TsdbSettings> read_tsdb(const Node& node, const Queries& default_queries) {
  TsdbSettings tsdb;
  CEEMS_TRY_VOID(node.check_map());
  // Zero stands for the default, as it does when the key is absent.
  CEEMS_TRY(const std::int64_t series, node["query_max_series"].integer(0));
  if (series < 0) return node["query_max_series"].error("must be above 0");
  if (series > 0) tsdb.query_max_series = series;
  CEEMS_TRY(const double samples, node["query_min_samples"].number(0));
  if (samples < 0 || samples > 1) return node["query_min_samples"].error("must be above 0 and at most 1");
  if (samples > 0) tsdb.query_min_samples = samples;
  CEEMS_TRY(tsdb.cutoff_duration, read_duration(node["cutoff_duration"], tsdb.cutoff_duration));
  CEEMS_TRY(tsdb.query_timeout, read_positive_duration(node["query_timeout"], tsdb.query_timeout));
  CEEMS_TRY(tsdb.scrape_interval, read_duration(node["scrape_interval"], tsdb.scrape_interval));
  CEEMS_TRY(tsdb.evaluation_interval, read_duration(node["evaluation_interval"], tsdb.evaluation_interval));
  CEEMS_TRY(tsdb.delete_ignored, node["delete_ignored"].boolean(tsdb.delete_ignored));
  CEEMS_TRY(tsdb.labels_to_drop, node["labels_to_drop"].strings());
  CEEMS_TRY(tsdb.queries, read_queries(node["queries"]));
  if (tsdb.queries.empty()) tsdb.queries = default_queries;
  return tsdb;
}

base::Result<std::vector<UpdaterSettings>> read_updaters(const Node& node, const std::string& directory,
                                                         const Queries& default_queries) {
  CEEMS_TRY_VOID(node.check_sequence());
  std::vector<UpdaterSettings> updaters;
  std::set<std::string> ids;
  for (const Node& entry : node.elements()) {
    UpdaterSettings& updater = updaters.emplace_back();
    CEEMS_TRY_VOID(entry.check_map());
    CEEMS_TRY(updater.id, entry["id"].string());
    CEEMS_TRY(updater.kind, entry["updater"].string());
    if (!ids.insert(updater.id).second)
      return entry["id"].error(fmt::format("'{}' is used twice", updater.id));
    if (!entry["updater"].present()) return entry.error("updater is missing");
    if (updater.kind != "tsdb")
      return entry["updater"].error(fmt::format("unknown updater '{}'; there is: tsdb", updater.kind));
    if (!manager::is_id(updater.id))
      return entry["id"].error(fmt::format("'{}' may have only letters, digits, '-' and '_'", updater.id));
    CEEMS_TRY(updater.web, config::read_http_client(entry["web"], directory));
    CEEMS_TRY(updater.tsdb, read_tsdb(entry["extra_config"], default_queries));
    // Kept for managers of other kinds; a TSDB has no command line.
    CEEMS_TRY_VOID(entry["cli"].check_map());
    (void)entry["cli"].pairs();
  }
  return updaters;
}

// What one section says of another.
base::Status check_references(const Node& clusters, const Settings& settings) {
  const std::vector<Node> nodes = clusters.elements();
  for (std::size_t i = 0; i < settings.clusters.size(); ++i) {
    const manager::ClusterSettings& cluster = settings.clusters[i];
    bool has_tsdb = false;
    const std::vector<Node> ids = nodes[i]["updaters"].elements();
    for (std::size_t n = 0; n < cluster.updaters.size(); ++n) {
      const auto updater = std::ranges::find(settings.updaters, cluster.updaters[n], &UpdaterSettings::id);
      if (updater == settings.updaters.end())
        return ids[n].error(fmt::format("there is no updater '{}'", cluster.updaters[n]));
      has_tsdb = has_tsdb || (updater->kind == "tsdb" && !updater->web.url.empty());
    }
    if (manager::needs_tsdb(cluster.manager) && !has_tsdb)
      return nodes[i].error(
          fmt::format("manager {} learns its units from a TSDB: updaters must name one of kind tsdb "
                      "with a web.url",
                      cluster.manager));
  }
  return {};
}

}  // namespace

base::Result<Settings> read_settings(const config::Document& document, const std::string& directory,
                                     const Queries& default_queries, std::int64_t now_ms) {
  for (const auto& [metric, by_name] : default_queries)
    for (const auto& [name, text] : by_name)
      if (const auto parsed = QueryTemplate::parse(text); !parsed)
        return base::fail(base::ErrorCode::kInternal, metric + "." + name, "default query: {}",
                          parsed.error().message);
  const Node root = document.root();
  Settings settings;
  CEEMS_TRY_VOID(root["ceems_api_server"].check_map());
  CEEMS_TRY(settings.data, read_data(root["ceems_api_server"]["data"], now_ms));
  CEEMS_TRY(settings.clusters, manager::read_clusters(root["clusters"], directory));
  CEEMS_TRY(settings.updaters, read_updaters(root["updaters"], directory, default_queries));
  CEEMS_TRY_VOID(check_references(root["clusters"], settings));
  return settings;
}

}  // namespace ceems::update
