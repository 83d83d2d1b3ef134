#include "update/grafana.h"

#include "manager/fake_http.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::update {
namespace {

using Names = std::vector<std::string>;

// A Grafana whose team 1 has ann and bob, and team 2 bob and cid.
struct Site {
  manager::FakeService service;
  std::map<std::string, http::Response> answers{
      {"1", manager::json_response(R"([{"login":"bob","email":"b@x"},{"login":"ann"}])")},
      {"2", manager::json_response(R"([{"login":"bob"},{"login":"cid"}])")},
  };

  std::unique_ptr<GrafanaTeams> teams(Names ids) {
    service.answer = [this](const std::string& url,
                            const http::Request& request) -> base::Result<http::Response> {
      EXPECT_EQ(request.method, "GET");
      EXPECT_EQ(request.fields.find("Content-Type"), "application/json");
      const std::string begin = "http://grafana/sub/api/teams/";
      const std::string end = "/members";
      EXPECT_TRUE(url.starts_with(begin) && url.ends_with(end)) << url;
      const auto answer = answers.find(url.substr(begin.size(), url.size() - begin.size() - end.size()));
      if (answer == answers.end()) return base::fail(base::ErrorCode::kUnavailable, url, "no connection");
      return answer->second;
    };
    GrafanaSettings settings{.teams = std::move(ids)};
    settings.web.url = "http://grafana/sub/";
    auto made = GrafanaTeams::create(settings, manager::transport_to(service));
    EXPECT_TRUE(made) << made.error().text();
    return *std::move(made);
  }
};

TEST(GrafanaTeams, AddUp) {
  Site site;
  const auto answer = site.teams({"2", "1"})->ask();
  EXPECT_EQ(answer.logins, (Names{"ann", "bob", "cid"}));
  EXPECT_TRUE(answer.complete);
  EXPECT_TRUE(answer.failures.empty());
}

TEST(GrafanaTeams, KeepTheLastListOfOneThatFails) {
  Site site;
  const auto teams = site.teams({"1", "2"});
  teams->ask();
  site.answers["1"] = manager::json_response(R"([{"login":"dan"}])");
  for (const http::Response& bad :
       {manager::json_response("{\"message\":\"Unauthorized\"}", 401), manager::json_response("[{\"login\":"),
        manager::json_response("{}"), manager::json_response("[]", 500),
        manager::json_response("<html>404</html>", 404), manager::json_response("[]", 204)}) {
    site.answers["2"] = bad;
    const auto answer = teams->ask();
    EXPECT_EQ(answer.logins, (Names{"bob", "cid", "dan"})) << bad.status << bad.text();
    EXPECT_TRUE(answer.complete);
    ASSERT_EQ(answer.failures.size(), 1u);
    EXPECT_NE(answer.failures[0].text().find("/api/teams/2/members"), std::string::npos);
  }
  site.answers.erase("2");
  EXPECT_EQ(teams->ask().logins, (Names{"bob", "cid", "dan"}));
}

TEST(GrafanaTeams, AreNotCompleteUntilEachHasAnswered) {
  Site site;
  const auto teams = site.teams({"1", "3"});
  EXPECT_FALSE(teams->ask().complete);
  site.answers["3"] = manager::json_response("[]");
  EXPECT_TRUE(teams->ask().complete);
}

TEST(GrafanaTeams, HaveNoMembersOnceTheyAreDeleted) {
  Site site;
  const auto teams = site.teams({"1", "2"});
  teams->ask();
  site.answers["2"] = manager::json_response(R"({"message":"Team not found"})", 404);
  const auto answer = teams->ask();
  EXPECT_EQ(answer.logins, (Names{"ann", "bob"}));
  EXPECT_TRUE(answer.failures.empty());
}

TEST(TeamMembers, AreThoseWithAUsableLogin) {
  const auto members = read_team_members(
      R"([{"login":"ann"},{"login":""},{"name":"x"},7,null,[],{"login":9},{"login":"a\nb"},{"login":"é"}])",
      "g");
  ASSERT_TRUE(members);
  EXPECT_EQ(*members, (Names{"ann", "é"}));
  const auto huge = read_team_members("[{\"login\":\"" + std::string(300, 'a') + "\"}]", "g");
  ASSERT_TRUE(huge);
  EXPECT_TRUE(huge->empty());
}

TEST(TeamMembers, AreBounded) {
  std::string many = "[";
  for (int i = 0; i < 10'001; ++i)
    many += i == 0 ? "0" : ",0";
  EXPECT_FALSE(read_team_members(many + "]", "g"));
  EXPECT_FALSE(read_team_members(std::string(1'000, '['), "g"));
  EXPECT_FALSE(read_team_members("", "g"));
}

}  // namespace
}  // namespace ceems::update
