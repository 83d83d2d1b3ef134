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
    const auto settings = read_admin_settings(parse(text));
    ASSERT_TRUE(settings) << text;
    EXPECT_EQ(settings->users, std::vector<std::string>{"ceems-int-svc"}) << text;
  }
  const auto settings =
      read_admin_settings(parse("ceems_api_server: {admin: {users: [ann, '', ceems-int-svc]}}"));
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->users, (std::vector<std::string>{"ann", "ceems-int-svc"}));
}

TEST(AdminSettings, SayWhereTheyAreWrong) {
  const auto list = read_admin_settings(parse("ceems_api_server:\n  admin:\n    users: ann\n"));
  ASSERT_FALSE(list);
  EXPECT_NE(list.error().text().find("c.yml:3: ceems_api_server.admin.users"), std::string::npos)
      << list.error().text();
  const auto grafana = read_admin_settings(
      parse("ceems_api_server:\n  admin:\n    grafana:\n      url: http://g\n      teams_ids: [1]\n"));
  ASSERT_FALSE(grafana);
  EXPECT_NE(grafana.error().text().find("c.yml:4: "), std::string::npos) << grafana.error().text();
  EXPECT_FALSE(read_admin_settings(parse("ceems_api_server: [1]")));
  EXPECT_FALSE(read_admin_settings(parse("ceems_api_server: {admin: 7}")));
}

TEST(UnknownKeys, AreThoseOfOurOwnSections) {
  const config::Document document = parse(R"(
ceems_lb: {strategy: x}
ceems_api_server:
  dta: {}
  web: {url: http://a, anything: 1}
  admin: {usrs: [ann], grafana: {url: ''}}
)");
  ASSERT_TRUE(read_admin_settings(document));
  const auto unknown = unknown_keys(document);
  ASSERT_EQ(unknown.size(), 2u);
  EXPECT_NE(unknown[0].find("c.yml:4: ceems_api_server.dta"), std::string::npos) << unknown[0];
  EXPECT_NE(unknown[1].find("c.yml:6: ceems_api_server.admin.usrs"), std::string::npos) << unknown[1];
}

}  // namespace
}  // namespace ceems::api
