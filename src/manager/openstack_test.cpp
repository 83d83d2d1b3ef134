#include "manager/openstack.h"

#include "base/file.h"
#include "base/text.h"
#include "manager/fake_http.h"

#include <map>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ceems::manager {
namespace {

constexpr std::int64_t kStart = 1'893'456'000'000;  // 2030-01-01

std::string clock_text(int minute) {
  return fmt::format("2030-01-01T{:02}:{:02}:00", minute / 60, minute % 60);
}

// A cloud with two services.
class Openstack : public testing::Test {
 protected:
  Openstack() {
    service_.answer = [this](const std::string& url, const http::Request& request) {
      return answer(url, request);
    };
    settings_.id = "cloud";
    settings_.openstack = {.compute_url = "http://nova/v2.1/",
                           .identity_url = "http://keystone:5000/v3",
                           .auth = R"({"identity":{}})"};
  }

  // A server launched at that minute.
  static std::string server(const std::string& id, int launched, const std::string& status = "ACTIVE",
                            int updated = -1, int terminated = -1) {
    return fmt::format(
        R"({{"id":"{}","name":"n","status":"{}","tenant_id":"p1","user_id":"u1","created":"{}Z","updated":"{}Z",)"
        R"("OS-SRV-USG:launched_at":"{}.5","OS-SRV-USG:terminated_at":{},)"
        R"("flavor":{{"vcpus":2,"ram":100,"disk":1,"swap":"","original_name":"f","extra_specs":{{}}}}}})",
        id, status, clock_text(launched), clock_text(updated < 0 ? launched : updated), clock_text(launched),
        terminated < 0 ? "null" : base::json_quote(clock_text(terminated)));
  }

  base::Result<http::Response> answer(const std::string& url, const http::Request& request) {
    const auto in = [&](std::string_view part) { return url.find(part) != std::string::npos; };
    if (url == "http://keystone:5000/v3/auth/tokens") {
      EXPECT_EQ(request.body, R"({"auth":{"identity":{}}})");
      http::Response response = json_response(token_body_, 201);
      response.fields.set("X-Subject-Token", fmt::format("token-{}", ++tokens_));
      return response;
    }
    const std::string token(request.fields.find("X-Auth-Token").value_or(""));
    if (refused_.contains(token)) return json_response("{}", 401);
    if (const auto broken = broken_.find(url); broken != broken_.end()) return broken->second;
    for (const auto& [part, response] : broken_parts_)
      if (in(part)) return response;
    if (in("/servers/detail")) {
      std::vector<std::string>& list = in("deleted=true") ? deleted_ : live_;
      return page(list, url);
    }
    if (in("/os-instance-actions"))
      return json_response(R"({"instanceActions":[)" + (in("marker=") ? later_actions_ : actions_) + "]" +
                           (in("marker=") || later_actions_.empty() ? "" : kNext) + "}");
    if (in("/v3/users/gone")) return json_response(gone_users_, gone_users_.empty() ? 404 : 200);
    if (in("/v3/projects/lost"))
      return json_response(R"({"project":{"id":"lost","name":"reef","domain_id":"default"}})");
    if (in("/users/") && in("/projects")) {
      const std::size_t from = url.find("/users/") + 7;
      const std::string id = url.substr(from, url.find('/', from) - from);
      return json_response(R"({"projects":[)" + projects_[id] + "]}");
    }
    if (in("/v3/users"))
      return json_response(R"({"users":[)" + users_ + R"(],"links":{"next":null})" + truncated_ + "}");
    return json_response("{}", 404);
  }

  // `per_page` servers after the marker.
  http::Response page(const std::vector<std::string>& list, const std::string& url) const {
    std::size_t first = 0;
    if (const std::size_t at = url.find("marker="); at != std::string::npos) {
      const std::string marker = "\"id\":\"" + url.substr(at + 7) + "\"";
      while (first < list.size() && list[first].find(marker) == std::string::npos)
        ++first;
      ++first;
    }
    std::string body;
    std::size_t last = first;
    for (; last < list.size() && last < first + per_page_; ++last)
      body += (body.empty() ? "" : ",") + list[last];
    std::string links;
    if (last < list.size()) links = R"(,"servers_links":[{"rel":"next","href":"http://inside/next"}])";
    return json_response(R"({"servers":[)" + body + "]" + links + "}");
  }

  Manager& manager() {
    if (!manager_) {
      auto made = make_openstack_manager(settings_, transport_to(service_));
      EXPECT_TRUE(made) << made.error().text();
      manager_ = *std::move(made);
    }
    return *manager_;
  }
  std::map<std::string, Unit> fetch(const std::vector<KnownUnit>& known = {}) {
    auto units = manager().fetch_units(window_, known);
    EXPECT_TRUE(units) << units.error().text();
    std::map<std::string, Unit> by_id;
    for (Unit& unit : units.value_or(std::vector<Unit>()))
      by_id.emplace(unit.uuid + "@" + std::to_string((unit.started_at_ms - kStart) / 60'000), unit);
    return by_id;
  }
  void expect_error(base::ErrorCode code, const std::string& part) {
    const auto units = manager().fetch_units(window_, {});
    ASSERT_FALSE(units);
    EXPECT_EQ(units.error().code, code) << units.error().text();
    EXPECT_NE(units.error().text().find(part), std::string::npos) << units.error().text();
  }
  static KnownUnit known(const std::string& id, int launched, double walltime = 0) {
    return {.resource_manager = "openstack",
            .uuid = id,
            .username = "ann",
            .started_at_ms = kStart + launched * 60'000,
            .walltime_seconds = walltime,
            .allocation = R"({"vcpus":2,"mem":100})"};
  }

  FakeService service_;
  ClusterSettings settings_;
  std::unique_ptr<Manager> manager_;
  int tokens_ = 0;
  std::string token_body_ = "{}";
  std::set<std::string> refused_{""};
  std::map<std::string, http::Response> broken_;
  std::vector<std::pair<std::string, http::Response>> broken_parts_;
  std::vector<std::string> live_;
  std::vector<std::string> deleted_;
  std::size_t per_page_ = 1000;
  static constexpr const char* kNext = R"(,"links":[{"rel":"next","href":"http://inside/next"}])";
  std::string actions_;
  std::string later_actions_;  // on a second page
  std::string gone_users_;
  std::string truncated_;
  std::string users_ = R"({"id":"u1","name":"ann","domain_id":"default"})";
  std::map<std::string, std::string> projects_{{"u1", R"({"id":"p1","name":"sky","domain_id":"default"})"}};
  // The second hour of that day.
  Window window_{.start = TimePoint(Milliseconds(kStart + 3'600'000)),
                 .end = TimePoint(Milliseconds(kStart + 7'200'000)),
                 .horizon = TimePoint(Milliseconds(kStart + 3'600'000))};
};

TEST_F(Openstack, TellsServersWithTheirOwners) {
  live_ = {server("a", 30), server("b", 90)};
  deleted_ = {server("c", 10, "DELETED", 75, 75)};
  actions_ = R"({"action":"create","start_time":"2030-01-01T00:10:00","message":null})";
  const auto units = fetch();
  ASSERT_EQ(units.size(), 3U);
  EXPECT_EQ(units.at("a@30").time.walltime, 3600);
  EXPECT_EQ(units.at("a@30").time.cpu_time, 7200);
  EXPECT_EQ(units.at("a@30").time.cpu_mem_time, 360'000);
  EXPECT_EQ(units.at("a@30").username, "ann");
  EXPECT_EQ(units.at("a@30").project, "sky");
  EXPECT_EQ(units.at("b@90").time.walltime, 1800);
  EXPECT_EQ(units.at("c@10").time.walltime, 900);
  EXPECT_EQ(units.at("c@10").ended_at_ms, kStart + 75 * 60'000);
  EXPECT_EQ(units.at("c@10").state, "DELETED");
  EXPECT_EQ(service_.count("changes-since=2030-01-01T01%3A00%3A00Z"), 1U);
}

TEST_F(Openstack, SendsTheMicroversionUnlessTheSiteDoes) {
  http::Fields seen;
  const auto normal = service_.answer;
  service_.answer = [&](const std::string& url, const http::Request& request) {
    seen = request.fields;
    return normal(url, request);
  };
  fetch();
  EXPECT_EQ(seen.find("X-OpenStack-Nova-API-Version"), "latest");
  manager_.reset();
  settings_.web.headers = {
      {.name = "X-Openstack-Nova-Api-Version", .values = {"2.66"}, .secrets = {}, .files = {}}};
  fetch();
  EXPECT_FALSE(seen.find("X-OpenStack-Nova-API-Version"));
}

TEST_F(Openstack, FollowsThePages) {
  for (int i = 0; i < 25; ++i)
    live_.push_back(server(fmt::format("s{:02}", i), 30));
  per_page_ = 4;
  EXPECT_EQ(fetch().size(), 25U);
  EXPECT_EQ(service_.count("marker=s23"), 1U);
}

TEST_F(Openstack, RefusesPagesThatRepeat) {
  broken_parts_ = {{"/servers/detail", json_response(R"({"servers":[)" + server("a", 1) +
                                                     R"(],"servers_links":[{"rel":"next","href":"x"}]})")}};
  expect_error(base::ErrorCode::kInvalid, "http://nova/v2.1/servers/detail: the pages of the answer repeat");
}

TEST_F(Openstack, StartsTheListAgainWhenItsPlaceIsGone) {
  for (int i = 0; i < 6; ++i)
    live_.push_back(server(fmt::format("s{}", i), 30));
  per_page_ = 4;
  const auto normal = service_.answer;
  bool once = true;
  service_.answer = [&](const std::string& url,
                        const http::Request& request) -> base::Result<http::Response> {
    if (url.find("marker=s3") != std::string::npos && std::exchange(once, false)) {
      live_.erase(live_.begin() + 3);
      return json_response(R"({"badRequest":{"message":"marker [s3] not found","code":400}})", 400);
    }
    return normal(url, request);
  };
  EXPECT_EQ(fetch().size(), 5U);
}

TEST_F(Openstack, RenewsATokenThatIsRefused) {
  live_ = {server("a", 30)};
  EXPECT_EQ(fetch().size(), 1U);
  EXPECT_EQ(tokens_, 1);
  refused_.insert("token-1");
  EXPECT_EQ(fetch().size(), 1U);
  EXPECT_EQ(tokens_, 2);
  fetch();
  EXPECT_EQ(tokens_, 2);
}

TEST_F(Openstack, RenewsATokenBeforeItEnds) {
  // It has ended by the time it is used.
  token_body_ =
      R"({"token":{"issued_at":"2030-01-01T00:00:00.000000Z","expires_at":"2030-01-01T00:00:00.001000Z"}})";
  fetch();
  token_body_ = *base::read_file(std::string(CEEMS_TEST_DATA) + "/openstack/token.json");
  manager_.reset();
  tokens_ = 0;
  fetch();
  fetch();
  EXPECT_EQ(tokens_, 1);
}

TEST_F(Openstack, SaysThatItMayNotAsk) {
  for (const char* token : {"token-1", "token-2"})
    refused_.insert(token);
  expect_error(base::ErrorCode::kPermission, "http://nova/v2.1/servers/detail: answered 401");
}

TEST_F(Openstack, LosesNothingToBadAnswers) {
  live_ = {server("a", 30)};
  ASSERT_EQ(fetch().size(), 1U);
  const std::vector<http::Response> bad = {json_response("<html>"),  json_response(""),
                                           json_response("{}"),      json_response(R"({"servers":[{"id")"),
                                           json_response("{}", 500), json_response("{}", 403),
                                           json_response("{}", 200)};
  for (const http::Response& response : bad) {
    for (const char* part : {"/servers/detail?all_tenants=true&limit", "deleted=true"}) {
      broken_parts_ = {{part, response}};
      EXPECT_FALSE(manager().fetch_units(window_, {})) << part << response.text();
    }
  }
  broken_parts_.clear();
  EXPECT_EQ(fetch().size(), 1U);
}

TEST_F(Openstack, TellsOnceWhatIsToldTwice) {
  // It was deleted between the two questions, and a page came twice.
  live_ = {server("a", 30), server("b", 30), server("b", 30)};
  deleted_ = {server("a", 30, "DELETED", 90, 90)};
  const auto units = manager().fetch_units(window_, {});
  ASSERT_TRUE(units) << units.error().text();
  ASSERT_EQ(units->size(), 2U);
  EXPECT_EQ(units->at(0).ended_at_ms, kStart + 90 * 60'000);
  EXPECT_EQ(units->at(1).ended_at_ms, 0);
}

TEST_F(Openstack, AsksForTheHistoryOfWhatChanged) {
  live_ = {server("a", 30), server("b", 30, "SHUTOFF", 80), server("c", 10, "SHUTOFF", 20)};
  actions_ = R"({"action":"stop","start_time":"2030-01-01T01:10:00","message":null})";
  const auto units = fetch({known("b", 30, 1800)});
  EXPECT_EQ(units.at("a@30").time.walltime, 3600);
  EXPECT_EQ(units.at("b@30").time.walltime, 600);
  EXPECT_EQ(units.at("b@30").ended_at_ms, 0);
  EXPECT_EQ(units.at("c@10").time.walltime, 0);
  EXPECT_EQ(service_.count("os-instance-actions"), 1U);
}

TEST_F(Openstack, FollowsThePagesOfHistories) {
  live_ = {server("a", 10, "ACTIVE", 110)};
  actions_ = R"({"action":"start","request_id":"r2","start_time":"2030-01-01T01:30:00","message":null})";
  later_actions_ = R"({"action":"stop","request_id":"r1","start_time":"2030-01-01T01:10:00","message":null})";
  EXPECT_EQ(fetch().at("a@10").time.walltime, 3600 - 20 * 60);
  EXPECT_EQ(service_.count("os-instance-actions?limit=1000&marker=r2"), 1U);
}

TEST_F(Openstack, RefusesPagesOfHistoriesThatRepeat) {
  live_ = {server("a", 10, "ACTIVE", 110)};
  broken_parts_ = {
      {"os-instance-actions",
       json_response(
           R"({"instanceActions":[{"action":"stop","request_id":"r1","start_time":"2030-01-01T01:10:00"}])" +
           std::string(kNext) + "}")}};
  expect_error(base::ErrorCode::kInvalid, "/servers/a/os-instance-actions: the pages of the answer repeat");
}

TEST_F(Openstack, GuessesWhereHistoriesMayNotBeRead) {
  live_ = {server("b", 30, "SHUTOFF", 80)};
  broken_parts_ = {{"os-instance-actions", json_response("{}", 403)}};
  EXPECT_EQ(fetch().at("b@30").time.walltime, 1200);
  broken_parts_ = {{"os-instance-actions", json_response("garbage", 200)}};
  expect_error(base::ErrorCode::kInvalid, "/servers/b/os-instance-actions: the answer is not valid JSON");
}

TEST_F(Openstack, TellsARelaunchAsAnotherUnit) {
  live_ = {server("a", 80)};
  const auto units = fetch({known("a", 30, 1800)});
  ASSERT_EQ(units.size(), 2U);
  EXPECT_EQ(units.at("a@30").time.walltime, 1200);
  EXPECT_EQ(units.at("a@30").ended_at_ms, kStart + 80 * 60'000);
  EXPECT_EQ(units.at("a@30").next_started_at_ms, kStart + 80 * 60'000);
  EXPECT_EQ(units.at("a@80").time.walltime, 2400);
}

TEST_F(Openstack, TakesATimeBackThatWasCountedAfterTheDeletion) {
  // Nova's clock, or its answer, was an hour late.
  deleted_ = {server("a", 10, "DELETED", 40, 40)};
  const auto units = fetch({known("a", 10, 50 * 60)});
  EXPECT_EQ(units.at("a@10").time.walltime, -20 * 60);
}

TEST_F(Openstack, AsksForWhatIsMissingAndGivesItUpAfterADay) {
  EXPECT_TRUE(fetch({known("a", 30)}).empty());
  EXPECT_EQ(service_.count("deleted=true&uuid=a"), 1U);
  for (int hour = 0; hour < 24; ++hour) {
    window_.start = window_.end;
    window_.end += std::chrono::hours(1);
  }
  const auto units = fetch({known("a", 30)});
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(units.begin()->second.state, "UNKNOWN");
}

TEST_F(Openstack, FillsInFlavorsThatAreNamedOnly) {
  live_ = {R"({"id":"a","status":"ACTIVE","tenant_id":"p1","user_id":"u1","created":"2030-01-01T00:00:00Z",)"
           R"("updated":"2030-01-01T00:00:00Z","OS-SRV-USG:launched_at":"2030-01-01T00:00:00.0",)"
           R"("flavor":{"id":"3","links":[]}})"};
  broken_parts_ = {
      {"/flavors/detail?is_public=None",
       json_response(*base::read_file(std::string(CEEMS_TEST_DATA) + "/openstack/flavors.json"))}};
  EXPECT_EQ(fetch().at("a@0").time.cpu_time, 7200);
}

TEST_F(Openstack, TellsWhoIsInWhichProject) {
  users_ +=
      R"(,{"id":"u2","name":"bob","domain_id":"default"},{"id":"u3","name":"cid","domain_id":"default"})";
  projects_["u2"] =
      R"({"id":"p1","name":"sky","domain_id":"default"},{"id":"p2","name":"sea","domain_id":"default"})";
  const auto membership = manager().fetch_membership({});
  ASSERT_TRUE(membership) << membership.error().text();
  EXPECT_TRUE(membership->complete);
  ASSERT_EQ(membership->users.size(), 3U);
  EXPECT_EQ(membership->users[1].belongs_to, (std::vector<std::string>{"sea", "sky"}));
  // Who has no project has a name all the same.
  EXPECT_EQ(membership->users[2].name, "cid");
  ASSERT_EQ(membership->projects.size(), 2U);
  EXPECT_EQ(membership->projects[0].uid, "p1");
  EXPECT_EQ(membership->projects[0].belongs_to, (std::vector<std::string>{"ann", "bob"}));
}

TEST_F(Openstack, KeepsNamesakesOfOtherDomainsApart) {
  users_ += R"(,{"id":"u2","name":"ann","domain_id":"d7"})";
  projects_["u2"] = R"({"id":"p2","name":"sky","domain_id":"d7"})";
  const auto membership = manager().fetch_membership({});
  ASSERT_TRUE(membership);
  EXPECT_EQ(membership->users[0].name, "ann");
  EXPECT_EQ(membership->users[1].name, "ann@d7");
  EXPECT_EQ(membership->users[1].belongs_to, std::vector<std::string>{"sky@d7"});
}

TEST_F(Openstack, KeepsProjectsOfUsersThatCannotBeHad) {
  EXPECT_EQ(manager().fetch_membership({})->users[0].belongs_to.size(), 1U);
  // A user nobody knew makes it ask again, and this time one answer fails.
  users_ += R"(,{"id":"u2","name":"bob","domain_id":"default"})";
  live_ = {server("a", 30)};
  live_[0].replace(live_[0].find("\"u1\""), 4, "\"u2\"");
  broken_parts_ = {{"/users/u1/projects", json_response("oops", 500)}};
  EXPECT_EQ(fetch().at("a@30").username, "bob");
  const auto membership = manager().fetch_membership({});
  ASSERT_TRUE(membership);
  EXPECT_EQ(membership->users[0].belongs_to, std::vector<std::string>{"sky"});
}

TEST_F(Openstack, AsksOnceForAnOwnerWhomNobodyKnows) {
  live_ = {server("a", 30)};
  live_[0].replace(live_[0].find("\"u1\""), 4, "\"gone\"");
  EXPECT_EQ(fetch().at("a@30").username, "");
  fetch();
  fetch();
  EXPECT_EQ(service_.count("/v3/users/u1/projects"), 1U);
  EXPECT_EQ(service_.count("/v3/users/gone"), 1U);
}

TEST_F(Openstack, AsksForOwnersThatAreInNoList) {
  live_ = {server("a", 30)};
  live_[0].replace(live_[0].find("\"u1\""), 4, "\"gone\"");
  live_[0].replace(live_[0].find("\"p1\""), 4, "\"lost\"");
  gone_users_ = R"({"user":{"id":"gone","name":"ann","domain_id":"d7"}})";
  const auto units = fetch();
  // Not the other one of that name.
  EXPECT_EQ(units.at("a@30").username, "ann@d7");
  EXPECT_EQ(units.at("a@30").project, "reef");
  fetch();
  EXPECT_EQ(service_.count("/v3/users/gone"), 1U);
}

TEST_F(Openstack, TakesNobodyForGoneWhoseListIsCutShort) {
  truncated_ = R"(,"truncated":true)";
  const auto membership = manager().fetch_membership({});
  ASSERT_TRUE(membership);
  EXPECT_FALSE(membership->complete);
  EXPECT_EQ(membership->users.size(), 1U);
}

TEST_F(Openstack, LeavesOutWhatNeverLaunched) {
  live_ = {R"({"id":"a","status":"BUILD","tenant_id":"p1","user_id":"u1","OS-SRV-USG:launched_at":null})"};
  EXPECT_TRUE(fetch().empty());
}

}  // namespace
}  // namespace ceems::manager
