#include "update/settings.h"

#include <string>

#include <gtest/gtest.h>

namespace ceems::update {
namespace {

constexpr std::int64_t kNow = 1'893'549'845'000;  // 2030-01-02T02:04:05Z

const Queries kDefaults = {{"avg_cpu_usage", {{"global", "up{uuid=~`{{.UUIDs}}`}"}}}};

base::Result<Settings> read(const std::string& text, const Queries& defaults = kDefaults) {
  auto document = config::Document::parse(text, "config.yml");
  EXPECT_TRUE(document) << document.error().text();
  return read_settings(*document, "/etc/ceems", defaults, kNow);
}

void expect_error(const std::string& text, const std::string& part) {
  const auto settings = read(text);
  ASSERT_FALSE(settings) << text;
  EXPECT_NE(settings.error().text().find(part), std::string::npos) << settings.error().text();
}

TEST(UpdateSettings, HasDefaultsForEverything) {
  for (const char* text :
       {"{}", "ceems_api_server:", "ceems_api_server: {data: }", "ceems_api_server: {data: {}}"}) {
    const auto settings = read(text);
    ASSERT_TRUE(settings) << settings.error().text();
    EXPECT_EQ(settings->data.path, "data");
    EXPECT_EQ(settings->data.retention_days(), 30);
    EXPECT_EQ(settings->data.update_interval, std::chrono::minutes(15));
    EXPECT_EQ(settings->data.max_update_interval, std::chrono::hours(1));
    EXPECT_FALSE(settings->data.makes_backups());
    EXPECT_EQ(settings->data.accounting, store::Accounting::kLegacy);
  }
}

TEST(UpdateSettings, ReadsWhatIsGiven) {
  const auto settings = read(R"(
ceems_api_server:
  data:
    path: /var/lib/ceems
    backup_path: /backup
    retention_period: 1y12h
    update_interval: 30s
    max_update_interval: 2h
    backup_interval: 2d
    backup_count: 3
    update_from: 2029-12-31
    time_zone: Europe/Paris
    accounting: exact
    avg_custom_stats_weights: {occupancy: alloc_gputime}
clusters:
  - {id: a, manager: generic, updaters: [t]}
updaters:
  - id: t
    updater: tsdb
    web: {url: 'http://localhost:9090'}
    extra_config:
      query_max_series: 20
      query_min_samples: 1
      cutoff_duration: 5m
      query_timeout: 10s
      scrape_interval: 15s
      evaluation_interval: 30s
      delete_ignored: true
      labels_to_drop: ['{__name__="x"}']
      queries:
        total_custom_stats: {x: 'sum by (uuid) (x{uuid=~"{{ .UUIDs }}"})'}
)");
  ASSERT_TRUE(settings) << settings.error().text();
  const DataSettings& data = settings->data;
  EXPECT_EQ(data.path, "/var/lib/ceems");
  EXPECT_TRUE(data.makes_backups());
  EXPECT_EQ(data.retention_days(), 365);
  EXPECT_EQ(data.update_interval, std::chrono::seconds(30));
  EXPECT_EQ(data.backups_kept, 3U);
  EXPECT_EQ(data.time_zone.zoned(data.update_from_ms), "2029-12-31T00:00:00+0100");
  EXPECT_EQ(data.accounting, store::Accounting::kExact);
  EXPECT_EQ(data.weights.custom(), (store::MeanWeights::ByName{{"occupancy", "alloc_gputime"}}));
  const TsdbSettings& tsdb = settings->updaters.front().tsdb;
  EXPECT_EQ(settings->updaters.front().web.url, "http://localhost:9090");
  EXPECT_EQ(tsdb.query_max_series, 20);
  EXPECT_EQ(tsdb.query_min_samples, 1);
  EXPECT_EQ(tsdb.cutoff_duration, std::chrono::minutes(5));
  EXPECT_EQ(tsdb.query_timeout, std::chrono::seconds(10));
  EXPECT_EQ(tsdb.scrape_interval, std::chrono::seconds(15));
  EXPECT_TRUE(tsdb.delete_ignored);
  EXPECT_EQ(tsdb.queries.size(), 1U);
}

TEST(UpdateSettings, StandsDefaultQueriesInForNone) {
  const auto settings = read("updaters: [{id: t, updater: tsdb, extra_config: {query_max_series: 0}}]");
  ASSERT_TRUE(settings) << settings.error().text();
  EXPECT_EQ(settings->updaters.front().tsdb.queries, kDefaults);
  EXPECT_EQ(settings->updaters.front().tsdb.query_max_series, 50);
}

TEST(UpdateSettings, ReadsDatesInTheSitesTimeZone) {
  const auto from = [](const std::string& text) {
    const auto settings =
        read("ceems_api_server: {data: {time_zone: Asia/Tokyo, update_from: " + text + "}}");
    EXPECT_TRUE(settings) << settings.error().text();
    return settings ? settings->data.time_zone.zoned(settings->data.update_from_ms) : "";
  };
  EXPECT_EQ(from("today"), "2030-01-02T00:00:00+0900");
  EXPECT_EQ(from("''"), "2030-01-02T00:00:00+0900");
  EXPECT_EQ(from("2029-01-02"), "2029-01-02T00:00:00+0900");
  EXPECT_EQ(from("2029-01-02T03:04"), "2029-01-02T03:04:00+0900");
  EXPECT_EQ(from("2029-01-02T03:04:05"), "2029-01-02T03:04:05+0900");
}

TEST(UpdateSettings, MakesNoBackupsAtIntervalZero) {
  const auto settings = read("ceems_api_server: {data: {backup_path: /b, backup_interval: 0}}");
  ASSERT_TRUE(settings) << settings.error().text();
  EXPECT_FALSE(settings->data.makes_backups());
}

TEST(UpdateSettings, NamesWhatIsWrongAndWhere) {
  const auto data = [](const std::string& text) { return "ceems_api_server:\n  data:\n    " + text; };
  expect_error(data("update_interval: 0"),
               "config.yml:3: ceems_api_server.data.update_interval: must not be zero");
  expect_error(data("update_interval: soon"), "'soon' is not a duration");
  expect_error(data("max_update_interval: 0s"), "max_update_interval");
  expect_error(data("backup_interval: 1h"), "at least 1d");
  expect_error(data("backup_count: -1"), "must not be negative");
  expect_error(data("update_from: 2030-02-31"), "is not a date");
  expect_error(data("time_zone: Europe/Atlantis"), "unknown time zone");
  expect_error(data("accounting: creative"), "must be legacy or exact");
  expect_error(data("avg_custom_stats_weights: {x: cputime}"),
               "avg_custom_stats_weights.x: 'cputime' is none of walltime, alloc_cputime");
  expect_error(data("avg_custom_stats_weights: [x]"), "avg_custom_stats_weights");
  expect_error("ceems_api_server: {data: [1]}", "ceems_api_server.data");
  expect_error("updaters: [{id: t}]", "updaters[0]: updater is missing");
  expect_error("updaters: [{id: t, updater: influx}]", "unknown updater 'influx'");
  expect_error("updaters: [{id: t, updater: tsdb}, {id: t, updater: tsdb}]", "'t' is used twice");
  expect_error("updaters: [{id: 't t', updater: tsdb}]", "only letters");
  const auto extra = [](const std::string& text) {
    return "updaters: [{id: t, updater: tsdb, extra_config: {" + text + "}}]";
  };
  expect_error(extra("query_max_series: -1"), "updaters[0].extra_config.query_max_series: must be above 0");
  expect_error(extra("query_min_samples: 1.5"), "at most 1");
  expect_error(extra("query_timeout: 0"), "query_timeout: must not be zero");
  expect_error(extra("query_timeout: -1m"), "query_timeout");
  expect_error(extra("queries: {avg_cpu_usage: {global: 'up{{.Nope}}'}}"),
               "updaters[0].extra_config.queries.avg_cpu_usage.global: '{{.Nope}}' is not known");
  expect_error("clusters: [{id: a, manager: generic, updaters: [x]}]",
               "clusters[0].updaters[0]: there is no updater 'x'");
  expect_error("clusters: [{id: a, manager: generic}]",
               "clusters[0]: manager generic learns its units from a TSDB");
  expect_error("clusters: [{id: a, manager: generic, updaters: [t]}]\nupdaters: [{id: t, updater: tsdb}]",
               "with a web.url");
}

TEST(UpdateSettings, RefusesDefaultsThatAreBroken) {
  EXPECT_FALSE(read("{}", {{"avg_cpu_usage", {{"x", "{{"}}}}));
}

TEST(UpdateSettings, KnowsAllItsKeys) {
  auto document = config::Document::parse(
      "ceems_api_server: {data: {path: x, pth: y}}\n"
      "updaters: [{id: t, updater: tsdb, cli: {path: x}, extra_confg: {}}]",
      "config.yml");
  ASSERT_TRUE(read_settings(*document, "/", kDefaults, kNow));
  EXPECT_EQ(document->unknown_keys(document->root()["ceems_api_server"]["data"]).size(), 1U);
  EXPECT_EQ(document->unknown_keys(document->root()["updaters"]).size(), 1U);
}

}  // namespace
}  // namespace ceems::update
