#include "report/query.h"

#include <gtest/gtest.h>

namespace ceems::report {
namespace {

class FakeClient : public http::Client {
 public:
  explicit FakeClient(int status, std::string body) : status_(status), body_(std::move(body)) {}
  base::Result<http::Response> send(std::string_view url, http::Request request) override {
    url_ = url;
    request_ = std::move(request);
    http::Response response;
    response.status = status_;
    response.body = body_;
    return response;
  }
  void cancel() override {}

  std::string url_;
  http::Request request_;

 private:
  int status_;
  std::string body_;
};

ClientConfig config() {
  ClientConfig result;
  result.web.url = "http://api:9020/";
  result.user_header = "X-User";
  return result;
}

UnitQuery query() {
  UnitQuery result;
  result.current_user = "ann";
  result.from = std::chrono::sys_seconds(std::chrono::seconds(100));
  result.to = std::chrono::sys_seconds(std::chrono::seconds(200));
  auto fields = parse_format("jobid,elapsed");
  if (fields) result.fields = *fields;
  return result;
}

constexpr const char* kFields =
    "field=uuid&field=elapsed&field=started_at_ts&field=ended_at_ts&field=username&field=project"
    "&field=total_time_seconds";

TEST(UnitsUrl, AsksForOwnUnits) {
  EXPECT_EQ(units_url(config(), query()),
            std::string("http://api:9020/api/v1/units?from=100&to=200&") + kFields);
}

TEST(UnitsUrl, RepeatsEachListAndEscapes) {
  UnitQuery asked = query();
  asked.accounts = {"a b", "c&d"};
  asked.jobs = {"77[3]"};
  ClientConfig cluster = config();
  cluster.cluster_id = "hpc";
  EXPECT_EQ(units_url(cluster, asked),
            std::string("http://api:9020/api/v1/units?cluster_id=hpc&from=100&to=200&") + kFields +
                "&project=" + http::percent_encode("a b") + "&project=c%26d&uuid=77%5B3%5D");
}

TEST(UnitsUrl, AsksAnAdministratorsQuestionForOthers) {
  UnitQuery asked = query();
  set_users(asked, "bob, eve");
  EXPECT_EQ(units_url(config(), asked), std::string("http://api:9020/api/v1/units/admin?from=100&to=200&") +
                                            kFields + "&user=bob&user=eve");
}

TEST(UnitsUrl, AsksForEverybodyWithoutNames) {
  UnitQuery asked = query();
  set_users(asked, "bob,all");
  EXPECT_EQ(units_url(config(), asked),
            std::string("http://api:9020/api/v1/units/admin?from=100&to=200&") + kFields);
}

TEST(UnitsUrl, TakesTheCurrentUserAloneAsNobodyElse) {
  UnitQuery asked = query();
  set_users(asked, "ann");
  EXPECT_EQ(units_url(config(), asked),
            std::string("http://api:9020/api/v1/units?from=100&to=200&") + kFields);
}

TEST(FetchUnits, SendsTheUserInTheConfiguredHeader) {
  FakeClient client(200, R"({"status":"success","data":[]})");
  ASSERT_TRUE(fetch_units(client, config(), query()));
  EXPECT_EQ(client.request_.fields.find("x-user"), "ann");
}

TEST(FetchUnits, TellsWhoIsForbidden) {
  for (const int status : {401, 403}) {
    FakeClient client(status, R"({"status":"error","data":null,"error":"no"})");
    const auto answer = fetch_units(client, config(), query());
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, base::ErrorCode::kPermission);
    EXPECT_EQ(answer.error().message,
              "forbidden. It is likely that the user is attempting to view statistics of others");
  }
}

TEST(FetchUnits, GivesTheReasonOfAFailure) {
  FakeClient client(500, R"({"status":"error","data":null,"errorType":"internal","error":"out of luck"})");
  const auto answer = fetch_units(client, config(), query());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().text(), "server did not return any data: out of luck");
}

TEST(FetchUnits, NamesTheStatusOfAForeignServer) {
  FakeClient client(502, "<html>bad gateway</html>");
  const auto answer = fetch_units(client, config(), query());
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().text().find("502"), std::string::npos);
}

TEST(FetchUnits, KeepsOnlyRunningUnitsWhenAsked) {
  FakeClient client(200, R"({"status":"success","data":[{"uuid":"a"},{"uuid":"b","ended_at_ts":5}]})");
  UnitQuery asked = query();
  asked.running_only = true;
  const auto answer = fetch_units(client, config(), asked);
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->units.size(), 1u);
  EXPECT_EQ(answer->units[0].texts[kUuidSlot], "a");
  EXPECT_NE(client.url_.find("&running=true&"), std::string::npos);
}

}  // namespace
}  // namespace ceems::report
