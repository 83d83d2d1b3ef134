#include "api/self_metrics.h"

#include "base/file.h"
#include "base/temporary_directory_test.h"
#include "exposition/catalogue.h"

#include <gtest/gtest.h>

namespace ceems::api {
namespace {

TEST(SelfMetrics, SayHowEachClusterFares) {
  update::ClusterState good;
  good.id = "b\"";
  good.window_end_ms = 1'500;
  good.last_success_ms = 2'000;
  update::ClusterState bad;
  bad.id = "a";
  bad.failures_in_a_row = 3;
  bad.pending_windows = 2;
  bad.updates = 5;
  bad.failures = 4;
  bad.last_duration_seconds = 0.25;
  const std::string page = SelfMetrics().page({.clusters = {good, bad}});
  EXPECT_NE(page.find("ceems_api_server_accounted_until_timestamp_seconds{cluster=\"a\"} 0\n"
                      "ceems_api_server_accounted_until_timestamp_seconds{cluster=\"b\\\"\"} 1.5\n"),
            std::string::npos)
      << page;
  EXPECT_NE(page.find("ceems_api_server_last_update_success_timestamp_seconds{cluster=\"b\\\"\"} 2\n"),
            std::string::npos);
  EXPECT_NE(page.find("ceems_api_server_update_failures_in_a_row{cluster=\"a\"} 3\n"), std::string::npos);
  EXPECT_NE(page.find("ceems_api_server_pending_windows{cluster=\"a\"} 2\n"), std::string::npos);
  EXPECT_NE(page.find("ceems_api_server_updates_total{cluster=\"a\"} 5\n"), std::string::npos);
  EXPECT_NE(page.find("ceems_api_server_update_failures_total{cluster=\"a\"} 4\n"), std::string::npos);
  EXPECT_NE(page.find("ceems_api_server_last_update_duration_seconds{cluster=\"a\"} 0.25\n"),
            std::string::npos);
  EXPECT_NE(page.find("ceems_api_server_build_info{"), std::string::npos);
}

TEST(SelfMetrics, CountRequestsByRouteAndStatus) {
  SelfMetrics metrics;
  metrics.count_request("/units", 200, std::chrono::milliseconds(250));
  metrics.count_request("/units", 200, std::chrono::milliseconds(250));
  metrics.count_request("/units", 403, std::chrono::milliseconds(500));
  const std::string page = metrics.page({});
  EXPECT_NE(page.find("ceems_api_server_requests_total{code=\"200\",route=\"/units\"} 2\n"),
            std::string::npos);
  EXPECT_NE(page.find("ceems_api_server_requests_total{code=\"403\",route=\"/units\"} 1\n"),
            std::string::npos);
  EXPECT_NE(page.find("ceems_api_server_request_seconds_total{route=\"/units\"} 1\n"), std::string::npos);
}

TEST(SelfMetrics, TellOfBackupsGrafanaAndTheDatabase) {
  const base::TemporaryDirectory directory;
  const std::string database = directory.path("self-metrics.db");
  ASSERT_TRUE(base::write_file_atomically(database, "12345", 0600));
  SelfMetrics::Subjects subjects{.database = database};
  std::string page = SelfMetrics().page(subjects);
  EXPECT_NE(page.find("ceems_api_server_database_bytes{file=\"main\"} 5\n"), std::string::npos) << page;
  EXPECT_EQ(page.find("file=\"wal\""), std::string::npos);
  EXPECT_EQ(page.find("backup"), std::string::npos);
  EXPECT_EQ(page.find("grafana"), std::string::npos);

  subjects.housekeeping = {.makes_backups = true,
                           .last_backup_ms = 1'500,
                           .backup_failures = 2,
                           .asks_grafana = true,
                           .last_grafana_success_ms = 2'500,
                           .grafana_failures = 3,
                           .rollup_differences = 4};
  page = SelfMetrics().page(subjects);
  EXPECT_NE(page.find("ceems_api_server_last_backup_timestamp_seconds 1.5\n"), std::string::npos) << page;
  EXPECT_NE(page.find("ceems_api_server_backup_failures_total 2\n"), std::string::npos);
  EXPECT_NE(page.find("ceems_api_server_last_grafana_success_timestamp_seconds 2.5\n"), std::string::npos);
  EXPECT_NE(page.find("ceems_api_server_grafana_failures_total 3\n"), std::string::npos);
  EXPECT_NE(page.find("ceems_api_server_rollup_differences_total 4\n"), std::string::npos);
}

TEST(SelfMetrics, AreDeclaredWell) {
  exposition::Catalogue catalogue;
  catalogue.add("api server", SelfMetrics::families());
  const auto status = catalogue.check();
  EXPECT_TRUE(status) << status.error().text();
}

}  // namespace
}  // namespace ceems::api
