#include "lb/pyroscope_guard.h"

#include "access/claims.h"
#include "base/file.h"
#include "base/text.h"
#include "lb/api_json.h"
#include "lb/api_protobuf.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ceems::lb {
namespace {

constexpr std::int64_t kNowMs = 1'700'000'000'000;
constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kEver = std::numeric_limits<std::int64_t>::max();

// As the data says it.
class Units final : public access::Claims {
 public:
  base::Result<bool> is_admin(const std::string& /*user*/) override { return false; }
  base::Result<std::vector<access::Claim>> of_ids(const std::string& /*user*/, const std::string& cluster,
                                                  const std::vector<std::string>& uuids) override {
    std::vector<access::Claim> claims;
    for (const std::string& uuid : uuids)
      claims.push_back(cluster == "hpc" ? on_hpc(uuid) : on_cloud(uuid));
    return claims;
  }
  base::Result<access::ClaimList> in_window(const std::string& user, const std::string& cluster,
                                            const store::TimeRange& /*window*/,
                                            std::size_t /*limit*/) override {
    std::vector<std::string> ids;
    if (cluster == "hpc") ids = {"1", "2", "8"};
    CEEMS_TRY(auto claims, of_ids(user, cluster, ids));
    return std::make_shared<const std::vector<access::Claim>>(std::move(claims));
  }

 private:
  static access::Claim on_hpc(const std::string& uuid) {
    access::Claim claim{.uuid = uuid, .owned = uuid == "1" || uuid == "2" || uuid == "8", .foreign = {}};
    if (uuid == "2") claim.foreign = {{kNowMs - 2 * kDayMs, kEver}};
    if (uuid == "3") claim.foreign = {{0, kEver}};
    return claim;
  }
  static access::Claim on_cloud(const std::string& uuid) {
    access::Claim claim{.uuid = uuid, .owned = false, .foreign = {}};
    if (uuid == "8") claim.foreign = {{0, kEver}};
    return claim;
  }
};

base::Result<PyroscopeRequest> guarded(const std::string& target, const std::string& type,
                                       const std::string& body) {
  http::Request request;
  request.method = "POST";
  request.target = target;
  request.body = body;
  request.fields.add("Content-Type", type);
  const auto route = find_pyroscope_route("POST", request.path());
  if (!route) return base::fail(base::ErrorCode::kNotFound, "", "no route");
  Units claims;
  const access::GuardOptions options;
  const std::vector<std::string> clusters{"hpc", "cloud"};
  const access::Reader reader{
      .user = "ann", .cluster_id = "hpc", .clusters = clusters, .neighbours = clusters};
  const access::Guard guard(claims, options, reader);
  return guard_pyroscope(*route, request, guard, kNowMs);
}

constexpr std::string_view kService = "/querier.v1.QuerierService/";

// "LabelNames {…}"
struct Call {
  std::string method;
  std::string json;

  explicit Call(std::string_view line) {
    const std::size_t blank = line.find(' ');
    method = line.substr(0, blank);
    json = base::trim(line.substr(std::min(blank, line.size())));
  }
  std::string target() const { return std::string(kService) + method; }
};

std::string told(const base::Result<PyroscopeRequest>& result) {
  if (!result) return result.error().text();
  return result->target.substr(kService.size()) + " " + result->readable;
}

TEST(PyroscopeGuard, NarrowsRequests) {
  const auto text = base::read_file(std::string(CEEMS_TEST_DATA) + "/pyroscope.txt");
  ASSERT_TRUE(text) << text.error().text();
  std::string asked;
  int line_number = 0;
  int cases = 0;
  for (const std::string_view raw : base::split(*text, '\n')) {
    ++line_number;
    const std::string_view line = base::trim(raw);
    if (line.empty() || line.starts_with('#')) continue;
    if (!line.starts_with("=>")) {
      asked = line;
      continue;
    }
    SCOPED_TRACE(fmt::format("pyroscope.txt:{}: {}", line_number, asked));
    const std::string wanted(base::trim(line.substr(2)));
    const Call call(asked);
    const auto json = guarded(call.target(), "application/json; charset=utf-8", call.json);
    EXPECT_EQ(told(json), wanted);
    if (json) {
      EXPECT_EQ(json->body, json->readable);
    }

    const auto route = find_pyroscope_route("POST", call.target());
    ASSERT_TRUE(route);
    const auto message = read_json(pyroscope_request(route->method), call.json);
    ASSERT_TRUE(message) << message.error().text();
    const auto wire = guarded(call.target(), "application/proto", write_protobuf(*message));
    EXPECT_EQ(told(wire), wanted);
    if (wire) {
      const auto sent = find_pyroscope_route("POST", wire->target);
      ASSERT_TRUE(sent);
      const auto again = read_protobuf(pyroscope_request(sent->method), wire->body);
      ASSERT_TRUE(again) << again.error().text();
      EXPECT_EQ(write_json(*again), wire->readable);
      EXPECT_EQ(wire->lists_types, route->method == PyroscopeMethod::kProfileTypes);
    }
    ++cases;
  }
  EXPECT_GT(cases, 30);
}

TEST(PyroscopeGuard, UnderstandsUnaryCallsOnly) {
  const std::string target = std::string(kService) + "LabelNames";
  for (const std::string_view type : {"application/proto", "application/protobuf", "Application/Proto"}) {
    const auto result = guarded(target, std::string(type), "");
    ASSERT_TRUE(result) << type;
    EXPECT_EQ(content_type(result->form), "application/proto");
  }
  EXPECT_EQ(guarded(target, "application/json", "{}").value().form, MessageForm::kJson);
  for (const std::string_view type : {"application/grpc", "application/grpc+proto", "application/grpc-web",
                                      "application/connect+proto", "application/connect+json", "text/plain",
                                      "application/x-www-form-urlencoded", "application/json+x", ""})
    EXPECT_FALSE(guarded(target, std::string(type), "{}")) << type;
  EXPECT_FALSE(guarded(target + "?connect=v1", "application/json", "{}"));
}

TEST(PyroscopeGuard, RefusesBodiesThatAreNoMessage) {
  const std::string target = std::string(kService) + "SelectMergeStacktraces";
  for (const std::string_view body : {"", "[]", "{", "null", "{\"async\":{\"requestId\":\"x\"}}", "{} {}"})
    EXPECT_FALSE(guarded(target, "application/json", std::string(body))) << body;
  for (const std::string_view body : {"{}", "\x4a\x03\x0a\x01x", "\x12", "\xff"})
    EXPECT_FALSE(guarded(target, "application/proto", std::string(body))) << body.size();
}

TEST(PyroscopeGuard, BoundsTheNumberOfSelectors) {
  const auto list = [](std::size_t count) {
    std::string text = "{\"matchers\":[\"{}\"";
    for (std::size_t i = 1; i < count; ++i)
      text += ",\"{}\"";
    return text + "]}";
  };
  const std::string target = std::string(kService) + "LabelNames";
  EXPECT_TRUE(guarded(target, "application/json", list(20)));
  EXPECT_EQ(told(guarded(target, "application/json", list(21))), "matchers: more than 20 selectors");
}

std::string found(std::string_view method, std::string_view path) {
  const auto route = find_pyroscope_route(method, path);
  return route ? route->path : "none";
}

TEST(PyroscopeRoutes, ComparesPathsAsTheyArrive) {
  EXPECT_EQ(found("POST", "/querier.v1.QuerierService/Series"), "/querier.v1.QuerierService/Series");
  EXPECT_EQ(found("POST", "/querier.v1.QuerierService/Series/"), "/querier.v1.QuerierService/Series");
  for (const std::string_view path :
       {"/querier.v1.QuerierService/", "/querier.v1.QuerierService/GetProfileStats",
        "/querier.v1.QuerierService/AnalyzeQuery", "/querier.v1.QuerierService/series",
        "/querier.v1.QuerierService/Series//", "//querier.v1.QuerierService/Series",
        "/querier.v1.QuerierService/./Series", "/querier.v1.QuerierService%2fSeries",
        "/querier.v1.QuerierService/Series%20", "/pyroscope/render", "/push.v1.PusherService/Push", "/ingest",
        "/", ""})
    EXPECT_EQ(found("POST", path), "none") << path;
  for (const std::string_view method : {"GET", "PUT", "HEAD", "post", ""})
    EXPECT_EQ(found(method, "/querier.v1.QuerierService/Series"), "none") << method;
}

TEST(PyroscopeRoutes, KnowsTheRequestOfEachMethod) {
  for (const auto& [method, name] : {std::pair{PyroscopeMethod::kProfileTypes, "ProfileTypes"},
                                     {PyroscopeMethod::kLabelValues, "LabelValues"},
                                     {PyroscopeMethod::kSelectSeries, "SelectSeries"},
                                     {PyroscopeMethod::kDiff, "Diff"}}) {
    EXPECT_EQ(pyroscope_path(method), std::string(kService) + name);
    EXPECT_EQ(pyroscope_request(method).name, std::string(name) + "Request");
  }
}

}  // namespace
}  // namespace ceems::lb
