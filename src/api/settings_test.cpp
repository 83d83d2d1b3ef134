#include "api/settings.h"

#include <gtest/gtest.h>

namespace ceems::api {
namespace {

config::Document parse(const char* text) {
  auto document = config::Document::parse(text, "c.yml");
  EXPECT_TRUE(document) << document.error().text();
  return *document;
}

TEST(AdminSettings, AlwaysNameTheServiceAccount) {
  for (const char* text : {"", "ceems_api_server:", "ceems_api_server: {admin: }",
                           "ceems_api_server: {admin: {}}", "ceems_api_server: {admin: {users: []}}"}) {
    const auto settings = read_admin_settings(parse(text), "/etc");
    ASSERT_TRUE(settings) << text;
    EXPECT_EQ(settings->users, std::vector<std::string>{"ceems-int-svc"}) << text;
  }
  const auto settings =
      read_admin_settings(parse("ceems_api_server: {admin: {users: [ann, '', ceems-int-svc]}}"), "/etc");
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->users, (std::vector<std::string>{"ann", "ceems-int-svc"}));
}

TEST(AdminSettings, SayWhereTheyAreWrong) {
  const auto list = read_admin_settings(parse("ceems_api_server:\n  admin:\n    users: ann\n"), "/etc");
  ASSERT_FALSE(list);
  EXPECT_NE(list.error().text().find("c.yml:3: ceems_api_server.admin.users"), std::string::npos)
      << list.error().text();
  EXPECT_FALSE(read_admin_settings(parse("ceems_api_server: [1]"), "/etc"));
  EXPECT_FALSE(read_admin_settings(parse("ceems_api_server: {admin: 7}"), "/etc"));
}

TEST(AdminSettings, HaveTheTeamsOfGrafana) {
  const auto settings = read_admin_settings(
      parse("ceems_api_server: {admin: {grafana: {url: 'https://g/sub', teams_ids: [1, ops-team, 1], "
            "authorization: {credentials_file: token}}}}"),
      "/etc");
  ASSERT_TRUE(settings) << settings.error().text();
  EXPECT_TRUE(settings->grafana.asks());
  EXPECT_EQ(settings->grafana.teams, (std::vector<std::string>{"1", "ops-team"}));
  EXPECT_EQ(settings->grafana.web.url, "https://g/sub");
  EXPECT_EQ(settings->grafana.web.authorization_credentials.file, "/etc/token");
  const auto idle = read_admin_settings(parse("ceems_api_server: {admin: {grafana: {teams_ids: [1]}}}"), "/");
  ASSERT_TRUE(idle);
  EXPECT_FALSE(idle->grafana.asks());
}

TEST(AdminSettings, RefuseTeamsThatAreNoIds) {
  for (const char* team : {"1/../../users", "'1?'", "' '", "''", "\"a\\n\"", "'%31'"}) {
    const std::string text =
        std::string("ceems_api_server: {admin: {grafana: {url: 'http://g', teams_ids: [") + team + "]}}}";
    const auto settings = read_admin_settings(parse(text.c_str()), "/etc");
    ASSERT_FALSE(settings) << team;
    EXPECT_NE(settings.error().text().find("c.yml:1: ceems_api_server.admin.grafana.teams_ids"),
              std::string::npos)
        << settings.error().text();
  }
}

TEST(UnknownKeys, AreThoseOfOurOwnSections) {
  const config::Document document = parse(R"(
ceems_lb: {strategy: x}
ceems_api_server:
  dta: {}
  web: {url: http://a, anything: 1}
  admin: {usrs: [ann], grafana: {url: '', team_ids: [1]}}
)");
  ASSERT_TRUE(read_admin_settings(document, "/etc"));
  const auto unknown = unknown_keys(document);
  ASSERT_EQ(unknown.size(), 3u);
  EXPECT_NE(unknown[0].find("c.yml:4: ceems_api_server.dta"), std::string::npos) << unknown[0];
  EXPECT_NE(unknown[1].find("c.yml:6: ceems_api_server.admin.usrs"), std::string::npos) << unknown[1];
  EXPECT_NE(unknown[2].find("admin.grafana.team_ids"), std::string::npos) << unknown[2];
}

}  // namespace
}  // namespace ceems::api
