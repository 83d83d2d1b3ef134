#include "lb/tsdb_guard.h"

#include "access/claims.h"
#include "http/message.h"

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::lb {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kNowMs = 1'700'000'000'000;

// Unit 1 is everybody's; unit 2 is until two days ago, and somebody else's since.
class TwoUnits final : public access::Claims {
 public:
  base::Result<bool> is_admin(const std::string& /*user*/) override { return false; }
  base::Result<std::vector<access::Claim>> of_ids(const std::string& /*user*/, const std::string& /*cluster*/,
                                                  const std::vector<std::string>& uuids) override {
    std::vector<access::Claim> claims;
    for (const std::string& uuid : uuids) {
      access::Claim& claim = claims.emplace_back();
      claim.uuid = uuid;
      claim.owned = uuid == "1" || uuid == "2";
      if (uuid == "2") claim.foreign = {{kNowMs - 2 * kDayMs, std::numeric_limits<std::int64_t>::max()}};
    }
    return claims;
  }
  base::Result<access::ClaimList> in_window(const std::string& user, const std::string& cluster,
                                            const store::TimeRange& /*window*/,
                                            std::size_t /*limit*/) override {
    CEEMS_TRY(auto claims, of_ids(user, cluster, {"1", "2"}));
    return std::make_shared<const std::vector<access::Claim>>(std::move(claims));
  }
};

std::string guarded(const std::string& method, const std::string& target, const std::string& body = "",
                    const AccessSettings& settings = {}) {
  http::Request request;
  request.method = method;
  request.target = target;
  request.body = body;
  if (method == "POST") request.fields.add("Content-Type", "application/x-www-form-urlencoded");
  const auto route = find_tsdb_route(method, request.path());
  if (!route) return "no route";
  TwoUnits claims;
  const access::GuardOptions options;
  const std::vector<std::string> clusters{"hpc"};
  const access::Reader reader{
      .user = "ann", .cluster_id = "hpc", .clusters = clusters, .neighbours = clusters};
  const access::Guard guard(claims, options, reader);
  const auto result = guard_request(*route, request, guard, settings, kNowMs);
  if (!result) return result.error().text();
  return result->method + " " + http::percent_decode(result->target) + (result->body.empty() ? "" : " ") +
         http::percent_decode(result->body);
}

TEST(TsdbGuard, RebuildsQueries) {
  EXPECT_EQ(guarded("GET", "/api/v1/query?query=sum(up)"),
            "POST /api/v1/query query=sum(up{uuid=~\"1\",ceems_id=~\"hpc|\"})&time=1700000000.000");
  EXPECT_EQ(guarded("POST", "/api/v1/query/?time=1600000000", "query=up%20%23%20comment&timeout=5s"),
            "POST /api/v1/query time=1600000000.000&query=up{uuid=~\"1|2\",ceems_id=~\"hpc|\"}&timeout=5s");
  EXPECT_EQ(guarded("GET", "/api/v1/query_range?query=up&start=1700000000&end=1700000060.5&step=1m"),
            "POST /api/v1/query_range "
            "query=up{uuid=~\"1\",ceems_id=~\"hpc|\"}&start=1700000000.000&end=1700000060.500&"
            "step=60.000");
}

TEST(TsdbGuard, LooksAtEverySelectorOverItsOwnTime) {
  // Half a day further back than the look-back reaches nobody else's samples: 2 is the user's there.
  EXPECT_EQ(guarded("GET", "/api/v1/query?query=up%20offset%203d%20%2B%20up"),
            "POST /api/v1/query query=up{uuid=~\"1|2\",ceems_id=~\"hpc|\"} offset 3d + "
            "up{uuid=~\"1\",ceems_id=~\"hpc|\"}&time=1700000000.000");
  EXPECT_EQ(
      guarded(
          "GET",
          "/api/v1/query?query=absent(up{uuid=\"1\"})%20or%20topk(scalar(up{uuid=\"3\"}),up{uuid=\"1\"})"),
      "user do not have permissions to view unit metrics");
  EXPECT_EQ(guarded("GET", "/api/v1/query?query=up{uuid=\"2\"}"),
            "user do not have permissions to view unit metrics");
  EXPECT_EQ(guarded("GET", "/api/v1/query?query=up{uuid=\"2\"}%20offset%203d"),
            "POST /api/v1/query query=up{uuid=\"2\",ceems_id=~\"hpc|\"} offset 3d&time=1700000000.000");
  EXPECT_EQ(guarded("GET", "/api/v1/query?query=up{uuid=\"2\"}%20offset%203d&lookback_delta=2d"),
            "POST /api/v1/query query=up{uuid=\"2\",ceems_id=~\"hpc|\"} offset "
            "3d&lookback_delta=2d&time=1700000000.000");
  EXPECT_EQ(
      guarded("GET", "/api/v1/query?query=max_over_time(up{uuid=\"2\"}[1d:1h] offset 1d)&time=1700000000"),
      "user do not have permissions to view unit metrics");
}

TEST(TsdbGuard, RebuildsSelectors) {
  EXPECT_EQ(guarded("GET", "/api/v1/series?match[]=up&match[]={job=\"x\"}&start=1&end=2"),
            "POST /api/v1/series start=1.000&end=2.000&match[]=up{uuid=~\"1|2\",ceems_id=~\"hpc|\"}&"
            "match[]={job=\"x\",uuid=~\"1|2\",ceems_id=~\"hpc|\"}");
  EXPECT_EQ(guarded("GET", "/api/v1/labels"), "POST /api/v1/labels match[]={uuid=~\"1\",ceems_id=~\"hpc|\"}");
  EXPECT_EQ(guarded("GET", "/api/v1/label/job/values?match[]=up"),
            "GET /api/v1/label/job/values?match[]=up{uuid=~\"1\",ceems_id=~\"hpc|\"}");
  // What lies in one block with the window may show in lists.
  EXPECT_EQ(
      guarded("GET", "/api/v1/labels?start=1699740000&end=1699743600"),
      "POST /api/v1/labels start=1699740000.000&end=1699743600.000&match[]={uuid=~\"1\",ceems_id=~\"hpc|\"}");
}

TEST(TsdbGuard, PrintsQueriesThatReadNothing) {
  EXPECT_EQ(guarded("GET", "/api/v1/format_query?query=up%20%20%2B1"),
            "POST /api/v1/format_query query=up + 1");
}

TEST(TsdbGuard, OpensOtherRoutesOnlyWhenTold) {
  EXPECT_EQ(guarded("GET", "/api/v1/metadata?limit=1"), "user do not have permissions to this resource");
  EXPECT_EQ(guarded("GET", "/api/v1/status/buildinfo"), "user do not have permissions to this resource");
  AccessSettings settings;
  settings.open_routes = {"metadata"};
  EXPECT_EQ(guarded("GET", "/api/v1/metadata?limit=1", "", settings), "GET /api/v1/metadata?limit=1");
  EXPECT_EQ(guarded("GET", "/api/v1/status/buildinfo", "", settings),
            "user do not have permissions to this resource");
}

TEST(TsdbGuard, RefusesWhatItDoesNotUnderstand) {
  EXPECT_EQ(guarded("GET", "/api/v1/query"), "query: this parameter is missing");
  EXPECT_EQ(guarded("GET", "/api/v1/query?query=up%7B"), guarded("POST", "/api/v1/query", "query=up%7B"));
  EXPECT_NE(guarded("GET", "/api/v1/query?query=up%7B").find("parse error"), std::string::npos);
  EXPECT_EQ(guarded("GET", "/api/v1/query?query=up&time=now"),
            "time: cannot parse a time: seconds or RFC 3339 are understood");
  EXPECT_EQ(guarded("GET", "/api/v1/query_range?query=up&start=2&end=1&step=1"),
            "end: the end must not be before the start");
  EXPECT_EQ(guarded("GET", "/api/v1/query_range?query=up&start=1&end=1&step=0"), "step: must be above zero");
  EXPECT_EQ(guarded("GET", "/api/v1/series"), "match[]: this parameter is missing");
  EXPECT_EQ(guarded("GET", "/api/v1/query?query=up&dedup=true"), "dedup: this parameter is not passed on");
}

}  // namespace
}  // namespace ceems::lb
