#include "lb/remote_claims.h"

#include <chrono>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ceems::lb {
namespace {

using namespace std::chrono_literals;
using access::Claim;

// What an API server would say: to the user, of the path and query behind /api/v1/.
class Script final : public http::Client {
 public:
  base::Result<http::Response> send(std::string_view url, http::Request request) override {
    asked.push_back(fmt::format("{} {}", request.fields.find("X-Grafana-User").value_or("-"),
                                http::percent_decode(url.substr(url.find("/api/v1/") + 8))));
    if (broken) return base::fail(base::ErrorCode::kTimeout, url, "no answer");
    const std::string path(url.substr(0, url.find('?')).substr(url.find("/api/v1/") + 8));
    const auto found = answers.find(path);
    http::Response response;
    response.status = found == answers.end() ? 404 : found->second.first;
    if (found != answers.end()) response.body = found->second.second;
    if (!age.empty()) response.fields.add("X-Ceems-Database-Age", age);
    return response;
  }
  void cancel() override {}

  std::map<std::string, std::pair<int, std::string>> answers;
  std::vector<std::string> asked;
  std::string age = "10";
  bool broken = false;
};

// kInternal where there is no error.
template <class Result>
base::ErrorCode code(const Result& result) {
  return result ? base::ErrorCode::kInternal : result.error().code;
}

class RemoteClaimsTest : public testing::Test {
 protected:
  RemoteClaimsTest() {
    auto client = std::make_unique<Script>();
    script_ = client.get();
    const auto now = [this] { return now_; };
    server_ = *ApiServer::create("http://api:9020/base/", std::move(client), now);
    claims_ = make_remote_claims(*server_, {.max_staleness = 1h, .now = now});
  }

  void says(const std::string& path, int status, const std::string& rows = "null") {
    script_->answers[path] = {status, R"({"status":"success","data":)" + rows + "}"};
  }
  std::vector<std::string> asked() { return std::exchange(script_->asked, {}); }

  std::chrono::steady_clock::time_point now_{1h};
  Script* script_ = nullptr;
  std::unique_ptr<ApiServer> server_;
  std::unique_ptr<access::Claims> claims_;
};

using Asked = std::vector<std::string>;

TEST_F(RemoteClaimsTest, AskAboutIdsInTheNameOfTheServiceAccount) {
  says(
      "units/owned", 200,
      R"([{"uuid":"3","owned":false,"nobody_else":[]},{"uuid":"a&b","owned":true,"nobody_else":[[null,9]]}])");
  const auto claims = claims_->of_ids("ann", "hpc", {"a&b", "3"});
  ASSERT_TRUE(claims) << claims.error().text();
  EXPECT_EQ((*claims)[0].uuid, "a&b");
  EXPECT_TRUE((*claims)[0].owned && (*claims)[0].holds({0, 9}) && !(*claims)[0].holds({0, 10}));
  EXPECT_FALSE((*claims)[1].owned || (*claims)[1].holds({0, 0}));
  EXPECT_EQ(asked(), (Asked{"ceems-int-svc units/owned?user=ann&cluster_id=hpc&uuid=a&b&uuid=3"}));
  // Without an answer for each there is none.
  EXPECT_EQ(code(claims_->of_ids("ann", "hpc", {"3", "4"})), base::ErrorCode::kUnavailable);
}

TEST_F(RemoteClaimsTest, AskAboutManyIdsInSeveralQuestions) {
  std::vector<std::string> uuids;
  std::string rows;
  for (int i = 0; i < 1'000; ++i) {
    uuids.push_back(fmt::format("unit-{:05}", i));
    rows += fmt::format(R"({}{{"uuid":"{}","owned":true,"nobody_else":[[null,null]]}})", i == 0 ? "" : ",",
                        uuids.back());
  }
  says("units/owned", 200, "[" + rows + "]");
  EXPECT_EQ(claims_->of_ids("ann", "hpc", uuids)->size(), 1'000U);
  const Asked questions = asked();
  EXPECT_EQ(questions.size(), 3U);
  std::size_t ids = 0;
  for (const std::string& question : questions) {
    EXPECT_LT(question.size(), 7'000U);
    for (std::size_t at = question.find("&uuid="); at != std::string::npos;
         at = question.find("&uuid=", at + 1))
      ++ids;
  }
  EXPECT_EQ(ids, 1'000U);
}

TEST_F(RemoteClaimsTest, AskNothingAboutWhatNoIdIs) {
  says("units/owned", 200, R"([{"uuid":"1","owned":true,"nobody_else":[[null,null]]}])");
  const std::vector<std::string> uuids{std::string("\0", 1), "\xff", "1", std::string(1'001, 'x')};
  const auto claims = claims_->of_ids("ann", "hpc", uuids);
  ASSERT_TRUE(claims) << claims.error().text();
  EXPECT_EQ(asked(), (Asked{"ceems-int-svc units/owned?user=ann&cluster_id=hpc&uuid=1"}));
  for (std::size_t i = 0; i < uuids.size(); ++i) {
    EXPECT_EQ((*claims)[i].uuid, uuids[i]);
    EXPECT_EQ((*claims)[i].owned && (*claims)[i].holds({0, 0}), i == 2);
  }
  EXPECT_FALSE(claims_->of_ids("\xff", "hpc", {"1"})->front().owned);
  EXPECT_TRUE((*claims_->in_window("\xff", "hpc", {0, 1}, 9))->empty());
  EXPECT_EQ(asked(), Asked{});
}

TEST_F(RemoteClaimsTest, AskForAListInWholeSeconds) {
  says(
      "units/owned", 200,
      R"([{"uuid":"9","owned":true,"nobody_else":[[null,null]]},{"uuid":"10","owned":true,"nobody_else":[[null,null]]}])");
  const auto list = claims_->in_window("ann", "hpc", {-1, 61'999}, 7);
  ASSERT_TRUE(list) << list.error().text();
  EXPECT_EQ(asked(), (Asked{"ceems-int-svc units/owned?user=ann&cluster_id=hpc&from=-1&to=61&limit=7"}));
  EXPECT_EQ((*list)->at(0).uuid, "10");
  EXPECT_EQ((*list)->at(1), (Claim{.uuid = "9", .owned = true, .foreign = {}}));
  EXPECT_EQ(code(claims_->in_window("ann", "hpc", {0, 1}, 1)), base::ErrorCode::kTooLarge);
  says("units/owned", 422);
  EXPECT_EQ(code(claims_->in_window("ann", "hpc", {0, 1}, 7)), base::ErrorCode::kTooLarge);
  constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();
  says("units/owned", 200, "[]");
  EXPECT_TRUE(claims_->in_window("ann", "hpc", {-kLast - 1, kLast}, 1'000'000)->get()->empty());
  EXPECT_EQ(script_->asked.back(),
            "ceems-int-svc units/owned?user=ann&cluster_id=hpc&from=-9223372036854776&to="
            "9223372036854775&limit=100000");
}

TEST_F(RemoteClaimsTest, CannotTellWhenTheServerCannot) {
  for (const int status : {401, 403, 429, 500, 503, 302}) {
    says("units/owned", status);
    says("users/admin", status);
    EXPECT_EQ(code(claims_->of_ids("ann", "hpc", {"1"})), base::ErrorCode::kUnavailable) << status;
    EXPECT_EQ(code(claims_->in_window("ann", "hpc", {0, 1}, 9)), base::ErrorCode::kUnavailable) << status;
    EXPECT_EQ(code(claims_->is_admin("root")), base::ErrorCode::kUnavailable) << status;
  }
  script_->answers["units/owned"] = {200, "<html>"};
  EXPECT_EQ(code(claims_->of_ids("ann", "hpc", {"1"})), base::ErrorCode::kUnavailable);
}

TEST_F(RemoteClaimsTest, GoByNoDatabaseThatIsTooOld) {
  says("units/owned", 200, R"([{"uuid":"1","owned":true,"nobody_else":[[null,null]]}])");
  says("users/admin", 200, R"([{"name":"root"}])");
  script_->age = "3600";
  EXPECT_TRUE(claims_->of_ids("ann", "hpc", {"1"}));
  for (const char* age : {"3601", "99999999999999999"}) {
    script_->age = age;
    EXPECT_EQ(code(claims_->of_ids("ann", "hpc", {"1"})), base::ErrorCode::kUnavailable);
    EXPECT_EQ(code(claims_->in_window("ann", "hpc", {0, 1}, 9)), base::ErrorCode::kUnavailable);
    EXPECT_EQ(code(claims_->is_admin("root")), base::ErrorCode::kUnavailable);
  }
  for (const char* age : {"", "-1", "x"}) {
    script_->age = age;
    EXPECT_EQ(code(claims_->of_ids("ann", "hpc", {"1"})), base::ErrorCode::kUnavailable) << age;
  }
}

TEST_F(RemoteClaimsTest, KnowAdministratorsByTheList) {
  says("users/admin", 200, R"([{"name":"root"},{"name":"ceems-int-svc"}])");
  EXPECT_EQ(claims_->is_admin("root"), true);
  EXPECT_EQ(claims_->is_admin("roo"), false);
  EXPECT_EQ(asked()[0], "ceems-int-svc users/admin?role=admin");
  // Older servers do not tell how old their database is.
  script_->age = "";
  EXPECT_EQ(claims_->is_admin("root"), true);
}

TEST_F(RemoteClaimsTest, KnowNoAdministratorsWhereAnOlderServerNamesNone) {
  says("users/admin", 403);
  EXPECT_EQ(claims_->is_admin("root"), false);
  EXPECT_EQ(asked(), (Asked{"ceems-int-svc users/admin?role=admin", "ceems-int-svc units/owned"}));
  EXPECT_EQ(claims_->is_admin("root"), false);
  EXPECT_EQ(asked(), (Asked{"ceems-int-svc users/admin?role=admin"}));
  says("units/owned", 400);
  now_ += 5min;
  EXPECT_EQ(code(claims_->is_admin("root")), base::ErrorCode::kUnavailable);
}

TEST_F(RemoteClaimsTest, LeaveAServerThatHangsAloneForAMoment) {
  says("units/owned", 200, R"([{"uuid":"1","owned":true,"nobody_else":[[null,null]]}])");
  script_->broken = true;
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(code(claims_->of_ids("ann", "hpc", {"1"})), base::ErrorCode::kUnavailable);
  EXPECT_EQ(asked().size(), 1U);
  script_->broken = false;
  now_ += 1s;
  EXPECT_TRUE(claims_->of_ids("ann", "hpc", {"1"}));
}

TEST_F(RemoteClaimsTest, AskAnOlderServerAboutEachIdAlone) {
  says("units/verify", 200);
  auto claims = claims_->of_ids("ann", "hpc", {"1", "2"});
  ASSERT_TRUE(claims) << claims.error().text();
  EXPECT_EQ(*claims, (std::vector<Claim>{{.uuid = "1", .owned = true, .foreign = {}},
                                         {.uuid = "2", .owned = true, .foreign = {}}}));
  EXPECT_EQ(asked(),
            (Asked{"ceems-int-svc units/owned?user=ann&cluster_id=hpc&uuid=1&uuid=2",
                   "ann units/verify?cluster_id=hpc&uuid=1", "ann units/verify?cluster_id=hpc&uuid=2"}));
  says("units/verify", 403);
  claims = claims_->of_ids("ann", "hpc", {"3"});
  ASSERT_TRUE(claims);
  EXPECT_FALSE(claims->front().owned || claims->front().holds({0, 0}));
  EXPECT_EQ(asked(), (Asked{"ann units/verify?cluster_id=hpc&uuid=3"}));
  says("units/verify", 500);
  EXPECT_EQ(code(claims_->of_ids("ann", "hpc", {"3"})), base::ErrorCode::kUnavailable);
  EXPECT_EQ(code(claims_->of_ids("ann", "hpc", std::vector<std::string>(201, "1"))),
            base::ErrorCode::kTooLarge);
}

TEST_F(RemoteClaimsTest, GetNoListFromAnOlderServer) {
  const auto list = claims_->in_window("ann", "hpc", {0, 1}, 9);
  ASSERT_FALSE(list);
  EXPECT_EQ(list.error().code, base::ErrorCode::kPermission);
  EXPECT_NE(list.error().message.find("uuid=\"42\""), std::string::npos);
}

TEST_F(RemoteClaimsTest, NoticeWhenAServerHasBecomeANewerOne) {
  EXPECT_EQ(code(claims_->in_window("ann", "hpc", {0, 1}, 9)), base::ErrorCode::kPermission);
  says("units/owned", 200, "[]");
  EXPECT_EQ(code(claims_->in_window("ann", "hpc", {0, 1}, 9)), base::ErrorCode::kPermission);
  now_ += 5min;
  EXPECT_TRUE(claims_->in_window("ann", "hpc", {0, 1}, 9));
}

TEST_F(RemoteClaimsTest, ListTheClustersThatHaveUnits) {
  says("clusters/admin", 200, R"([{"id":"hpc","manager":"slurm"},{"id":"cloud","manager":"openstack"}])");
  EXPECT_EQ(*server_->clusters(), (std::vector<std::string>{"hpc", "cloud"}));
  says("clusters/admin", 403);
  EXPECT_EQ(code(server_->clusters()), base::ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace ceems::lb
