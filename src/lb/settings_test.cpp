#include "lb/settings.h"

#include "config/yaml.h"

#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ceems::lb {
namespace {

base::Result<Settings> read(const std::string& text) {
  const auto document = config::Document::parse(text, "lb.yml");
  EXPECT_TRUE(document) << document.error().text();
  return read_settings(*document, "/etc/ceems");
}

std::string error(const std::string& text) {
  const auto settings = read(text);
  return settings ? "none" : settings.error().text();
}

constexpr const char* kWhole = R"(
ceems_lb:
  strategy: least-connection
  backends:
    - id: hpc
      tsdb:
        - web: {url: "http://a:9090", tls_config: {ca_file: ca.pem}}
          filter_labels: [instance]
      pyroscope:
        - web: {url: "http://p:4040"}
    - id: cloud
      tsdb:
        - web: {url: "http://b:9090/base"}
    - id: hpc
      tsdb:
        - web: {url: "http://c:9090"}
  access:
    unitless_metrics: [up]
    open_routes: [metadata]
    max_units: 9
    lookback_delta: 10m
    remember: 5s
    max_staleness: 1h
ceems_api_server:
  data: {path: /var/lib/ceems}
  web: {url: "http://api:9020", basic_auth: {username: u, password: p}}
clusters:
  - id: hpc
  - id: cloud
)";

TEST(Settings, ReadsAll) {
  const auto settings = read(kWhole);
  ASSERT_TRUE(settings) << settings.error().text();
  EXPECT_EQ(settings->strategy, Strategy::kLeastConnection);
  ASSERT_EQ(settings->clusters.size(), 2U);
  EXPECT_EQ(settings->clusters[0].id, "hpc");
  ASSERT_EQ(settings->clusters[0].tsdb.size(), 2U);
  EXPECT_EQ(settings->clusters[0].tsdb[0].web.tls.ca_file, "/etc/ceems/ca.pem");
  EXPECT_EQ(settings->clusters[0].tsdb[0].filter_labels, std::vector<std::string>{"instance"});
  EXPECT_EQ(settings->clusters[0].tsdb[1].web.url, "http://c:9090");
  EXPECT_EQ(settings->clusters[0].pyroscope.size(), 1U);
  EXPECT_EQ(settings->data_path, "/var/lib/ceems");
  ASSERT_TRUE(settings->api_server);
  EXPECT_EQ(settings->api_server->basic_username, "u");
  EXPECT_EQ(settings->access.max_units, 9U);
  EXPECT_EQ(settings->access.lookback, std::chrono::minutes(10));
  EXPECT_EQ(settings->access.max_staleness, std::chrono::hours(1));
  EXPECT_TRUE(settings->has_access_control());
}

TEST(Settings, HasDefaults) {
  const auto settings = read("ceems_lb: {backends: [{id: a, tsdb: [{web: {url: 'http://a'}}]}]}");
  ASSERT_TRUE(settings) << settings.error().text();
  EXPECT_EQ(settings->strategy, Strategy::kRoundRobin);
  EXPECT_FALSE(settings->has_access_control());
  EXPECT_FALSE(settings->has_pyroscope());
  EXPECT_EQ(settings->access.max_units, 5'000U);
}

TEST(Settings, SaysWhatIsWrong) {
  const auto backend = [](const std::string& entry) {
    return fmt::format("ceems_lb:\n  backends:\n    - {}\n", entry);
  };
  const std::string good = "{id: a, tsdb: [{web: {url: 'http://a'}}]}";
  EXPECT_EQ(error("{}"),
            "lb.yml:1: ceems_lb: no server to balance the load over is given: ceems_lb.backends is missing");
  EXPECT_EQ(error(backend("{tsdb: [{web: {url: 'http://a'}}]}")),
            "lb.yml:3: ceems_lb.backends[0]: missing ID of the cluster");
  EXPECT_EQ(error(backend("{id: a}")),
            "lb.yml:3: ceems_lb.backends[0]: needs a server of a TSDB or of Pyroscope");
  EXPECT_EQ(error(backend("{id: a, tsdb: [{}]}")),
            "lb.yml:3: ceems_lb.backends[0].tsdb[0]: needs a web block with a url");
  EXPECT_EQ(error(backend("{id: a, tsdb: [{web: {url: 'ftp://a'}}]}")).substr(0, 45),
            "lb.yml:3: ceems_lb.backends[0].tsdb[0].web.ur");
  EXPECT_EQ(error(backend(good) + "clusters: [{id: b}]\n"),
            "lb.yml:3: ceems_lb.backends[0].id: 'a' is not the id of one of the clusters");
  EXPECT_EQ(error(backend(good) + "  strategy: random\n"),
            "lb.yml:4: ceems_lb.strategy: invalid strategy: must be round-robin or least-connection");
  EXPECT_EQ(error(backend(good) + "  access: {open_routes: [admin]}\n"),
            "lb.yml:4: ceems_lb.access.open_routes: 'admin' is none of metadata, status/buildinfo");
  EXPECT_EQ(error(backend(good) + "  access: {max_units: 0}\n"),
            "lb.yml:4: ceems_lb.access.max_units: must be between 1 and 100000");
  EXPECT_EQ(error(backend(good) + "ceems_api_server: {web: {basic_auth: {username: u, password: p}}}\n"),
            "lb.yml:4: ceems_api_server.web: needs a url");
}

TEST(Settings, NamesUnknownKeys) {
  const auto document = config::Document::parse(
      "ceems_lb: {backends: [{id: a, tsbd: 1, tsdb: [{web: {url: 'http://a'}}]}]}", "lb.yml");
  ASSERT_TRUE(read_settings(*document, "/"));
  EXPECT_EQ(unknown_keys(*document),
            std::vector<std::string>{"lb.yml:1: ceems_lb.backends[0].tsbd: unknown key"});
}

}  // namespace
}  // namespace ceems::lb
