#include "update/service.h"

#include "base/file.h"
#include "store/reader.h"
#include "update/fake_site.h"

#include <chrono>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace ceems::update {
namespace {

Settings settings_at(const std::string& directory) {
  auto document =
      config::Document::parse("ceems_api_server: {data: {path: " + directory +
                                  "}}\n"
                                  "clusters: [{id: hpc, manager: generic, updaters: [t]}]\n"
                                  "updaters: [{id: t, updater: tsdb, web: {url: 'http://127.0.0.1:1'}}]\n",
                              "config.yml");
  EXPECT_TRUE(document);
  auto settings =
      read_settings(*document, "/", {{"avg_cpu_usage", {{"global", "up{uuid=~`{{.UUIDs}}`}"}}}},
                    std::chrono::system_clock::now().time_since_epoch() / std::chrono::milliseconds(1));
  EXPECT_TRUE(settings) << settings.error().text();
  return settings.value_or(Settings());
}

bool eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 500; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

TEST(Service, KnowsAdministratorsBeforeAnyClusterAnswers) {
  const TestDirectory directory;
  auto service = Service::create(settings_at(directory.path()), {.administrators = {"root"}});
  ASSERT_TRUE(service) << service.error().text();
  const auto reader = *store::Reader::create({.path = store::database_path(directory.path())});
  (*service)->start();
  EXPECT_TRUE(eventually([&] { return reader->is_admin("root") == true; }));
  (*service)->stop();
}

TEST(Service, ReportsAClusterThatFails) {
  const TestDirectory directory;
  Settings settings = settings_at(directory.path());
  settings.data.update_from_ms -= 7'200'000;
  auto service = Service::create(std::move(settings), {});
  ASSERT_TRUE(service) << service.error().text();
  (*service)->start();
  EXPECT_TRUE(eventually([&] { return (*service)->state().at(0).failures_in_a_row == 1; }));
  const ClusterState state = (*service)->state().at(0);
  EXPECT_EQ(state.id, "hpc");
  EXPECT_EQ(state.last_success_ms, 0);
  EXPECT_NE(state.last_error.find("127.0.0.1:1"), std::string::npos) << state.last_error;
}

TEST(Service, StopsAtOnce) {
  const TestDirectory directory;
  auto service = Service::create(settings_at(directory.path()), {});
  ASSERT_TRUE(service);
  (*service)->start();
  (*service)->stop();
  (*service)->stop();
}

TEST(Service, MakesABackupAtOnceWhenThereIsNone) {
  const TestDirectory directory;
  Settings settings = settings_at(directory.path());
  settings.data.backup_path = directory.path() + "/copies";
  auto service = Service::create(settings, {});
  ASSERT_TRUE(service);
  EXPECT_TRUE((*service)->housekeeping().makes_backups);
  (*service)->start();
  EXPECT_TRUE(eventually([&] { return (*service)->housekeeping().last_backup_ms > 0; }));
  EXPECT_EQ(base::list_directory(settings.data.backup_path)->size(), 1u);
  service->reset();
  // The next server knows of it, and makes none.
  service = Service::create(settings, {});
  ASSERT_TRUE(service);
  (*service)->start();
  EXPECT_TRUE(eventually([&] { return (*service)->housekeeping().last_backup_ms > 0; }));
  (*service)->stop();
  EXPECT_EQ(base::list_directory(settings.data.backup_path)->size(), 1u);
}

TEST(Service, GoesOnWithoutGrafana) {
  const TestDirectory directory;
  ServiceOptions options{.administrators = {"root"}};
  options.grafana.web.url = "http://127.0.0.1:1";
  options.grafana.teams = {"1"};
  auto service = Service::create(settings_at(directory.path()), options);
  ASSERT_TRUE(service) << service.error().text();
  const auto reader = *store::Reader::create({.path = store::database_path(directory.path())});
  (*service)->start();
  EXPECT_TRUE(eventually([&] { return (*service)->housekeeping().grafana_failures == 1; }));
  EXPECT_EQ((*service)->housekeeping().last_grafana_success_ms, 0);
  EXPECT_TRUE(eventually([&] { return reader->is_admin("root") == true; }));
}

TEST(Service, NeedsADirectoryItCanWrite) {
  EXPECT_FALSE(Service::create(settings_at("/proc/nowhere"), {}));
}

}  // namespace
}  // namespace ceems::update
