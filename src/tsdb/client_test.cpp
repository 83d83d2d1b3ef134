#include "tsdb/client.h"

#include "http/client.h"
#include "tsdb/answer.h"

#include <cmath>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::tsdb {
namespace {

using std::chrono::seconds;

// Answers in order; remembers what it was asked.
struct Script {
  struct Exchange {
    std::string method;
    std::string url;
    std::string body;
  };
  std::deque<base::Result<http::Response>> answers;
  std::vector<Exchange> seen;

  void add(int status, std::string body) {
    answers.emplace_back(http::text_response(status, std::move(body)));
  }
};

class ScriptedTransport final : public http::Client {
 public:
  explicit ScriptedTransport(Script& script) : script_(script) {}
  base::Result<http::Response> send(std::string_view url, http::Request request) override {
    script_.seen.push_back({request.method, std::string(url), request.body});
    if (script_.answers.empty()) return base::fail(base::ErrorCode::kUnavailable, url, "connection refused");
    auto answer = std::move(script_.answers.front());
    script_.answers.pop_front();
    return answer;
  }
  void cancel() override {}

 private:
  Script& script_;
};

class Tsdb : public testing::Test {
 protected:
  std::unique_ptr<Client> make(ClientOptions options = {}) {
    options.web.url = "http://user:secret@tsdb.example:9090/prom/";
    auto client = Client::create(std::move(options), std::make_unique<ScriptedTransport>(script_));
    EXPECT_TRUE(client) << client.error().text();
    return client ? *std::move(client) : nullptr;
  }

  base::Result<std::vector<Sample>> query() {
    return client_->query("up", TimePoint(seconds(100)), seconds(15));
  }

  Script script_;
  std::unique_ptr<Client> client_ = make();
};

constexpr const char* kVector =
    R"({"status":"success","data":{"resultType":"vector","result":[
       {"metric":{"__name__":"up","uuid":"a"},"value":[100.25,"1.5"]},
       {"metric":{},"value":[100,"NaN"]},{"metric":{"uuid":"h"},"histogram":[100,{}]},
       {"metric":{"uuid":"b"},"value":[100,"+Inf"]}]}})";

TEST_F(Tsdb, AsksByPostWithTimeAndLookback) {
  script_.add(200, kVector);
  ASSERT_TRUE(query());
  ASSERT_EQ(script_.seen.size(), 1U);
  EXPECT_EQ(script_.seen[0].method, "POST");
  EXPECT_TRUE(script_.seen[0].url.ends_with("/prom/api/v1/query")) << script_.seen[0].url;
  EXPECT_EQ(script_.seen[0].body, "query=up&time=100.000&timeout=1m&lookback_delta=15s");
}

TEST_F(Tsdb, TellsWhatTimeItHas) {
  script_.add(200, R"({"status":"success","data":{"resultType":"vector","result":[
      {"metric":{},"value":[1893456000.5,"1893456000.5"]}]}})");
  EXPECT_EQ(client_->present(), TimePoint(Milliseconds(1'893'456'000'500)));
  EXPECT_EQ(script_.seen[0].body, "query=vector%28time%28%29%29");
}

TEST_F(Tsdb, RefusesATimeThatIsNone) {
  for (const char* result : {R"([])", R"([{"metric":{},"value":[1,"NaN"]}])",
                             R"([{"metric":{},"value":[1,"-1"]}])", R"([{"metric":{},"value":[1,"1e300"]}])",
                             R"([{"metric":{},"value":[1,"1"]},{"metric":{"a":"b"},"value":[1,"1"]}])"}) {
    script_.add(
        200, std::string(R"({"status":"success","data":{"resultType":"vector","result":)") + result + "}}");
    EXPECT_EQ(client_->present().error().code, base::ErrorCode::kInvalid) << result;
  }
}

TEST_F(Tsdb, ReadsAVector) {
  script_.add(200, kVector);
  const auto samples = query();
  ASSERT_TRUE(samples) << samples.error().text();
  ASSERT_EQ(samples->size(), 3U);
  EXPECT_EQ((*samples)[0].label("uuid"), "a");
  EXPECT_EQ((*samples)[0].label("nope"), "");
  EXPECT_EQ((*samples)[0].value, 1.5);
  EXPECT_EQ((*samples)[0].time, TimePoint(Milliseconds(100'250)));
  EXPECT_TRUE(std::isnan((*samples)[1].value));
  EXPECT_TRUE(std::isinf((*samples)[2].value));
}

TEST_F(Tsdb, AsksAgainByGetWherePostIsNotAllowed) {
  for (const int status : {405, 501}) {
    script_.add(status, "");
    script_.add(200, kVector);
    EXPECT_TRUE(query());
  }
  EXPECT_EQ(script_.seen[1].method, "GET");
  EXPECT_TRUE(
      script_.seen[1].url.ends_with("/api/v1/query?query=up&time=100.000&timeout=1m&lookback_delta=15s"));
}

TEST_F(Tsdb, NamesTheUrlWithoutItsPasswordInErrors) {
  script_.add(503, R"({"status":"error","errorType":"timeout","error":"query timed out"})");
  const auto samples = query();
  ASSERT_FALSE(samples);
  EXPECT_EQ(samples.error().code, base::ErrorCode::kUnavailable);
  const std::string text = samples.error().text();
  EXPECT_NE(text.find("tsdb.example:9090/prom/api/v1/query"), std::string::npos) << text;
  EXPECT_NE(text.find("answered 503"), std::string::npos) << text;
  EXPECT_NE(text.find("timeout: query timed out"), std::string::npos) << text;
  EXPECT_EQ(text.find("secret"), std::string::npos) << text;
}

TEST_F(Tsdb, TellsARefusedQueryFromAServerInTrouble) {
  const std::pair<int, base::ErrorCode> cases[] = {
      {400, base::ErrorCode::kInvalid},     {422, base::ErrorCode::kInvalid},
      {401, base::ErrorCode::kPermission},  {404, base::ErrorCode::kNotFound},
      {500, base::ErrorCode::kUnavailable}, {502, base::ErrorCode::kUnavailable},
      {504, base::ErrorCode::kTimeout},     {302, base::ErrorCode::kUnavailable}};
  for (const auto& [status, code] : cases) {
    script_.add(status, "<html>broken</html>");
    const auto samples = query();
    ASSERT_FALSE(samples) << status;
    EXPECT_EQ(samples.error().code, code) << status;
  }
}

TEST_F(Tsdb, PassesTransportErrorsOn) {
  const auto samples = query();
  ASSERT_FALSE(samples);
  EXPECT_EQ(samples.error().code, base::ErrorCode::kUnavailable);
}

TEST_F(Tsdb, RefusesHostileAnswers) {
  std::string deep = R"({"status":"success","data":)";
  for (int i = 0; i < 10'000; ++i)
    deep += '[';
  const std::string cases[] = {
      "",
      "<html><body>login</body></html>",
      "null",
      "[]",
      "{}",
      R"({"status":"success"})",
      R"({"status":"success","data":[]})",
      R"({"status":"error","error":"no"})",
      R"({"status":"success","data":{"resultType":"matrix","result":[]}})",
      R"({"status":"success","data":{"resultType":"vector"}})",
      R"({"status":"success","data":{"resultType":"vector","result":{}}})",
      R"({"status":"success","data":{"resultType":"vector","result":[1]}})",
      R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{}}]}})",
      R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1]}]}})",
      R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":["1","1"]}]}})",
      R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,1]}]}})",
      R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"x"]}]}})",
      R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1e300,"1"]}]}})",
      R"({"status":"success","data":{"resultType":"vector","result":[{"metric":[],"value":[1,"1"]}]}})",
      R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":1},"value":[1,"1"]}]}})",
      std::string(kVector).substr(0, 150),
      deep,
  };
  for (const std::string& body : cases) {
    script_.add(200, body);
    const auto samples = query();
    ASSERT_FALSE(samples) << body.substr(0, 100);
    EXPECT_EQ(samples.error().code, base::ErrorCode::kInvalid);
    EXPECT_NE(samples.error().subject.find("/api/v1/query"), std::string::npos);
  }
}

constexpr const char* kConfig =
    R"({"status":"success","data":{"yaml":"global:\n  scrape_interval: 15s\n  evaluation_interval: 30s\n"}})";
constexpr const char* kFlags =
    R"({"status":"success","data":{"query.max-samples":"1000","query.timeout":"1m","query.lookback-delta":"2m"}})";
constexpr const char* kRuntime = R"({"status":"success","data":{"storageRetention":"500MiB or 1w"}})";

TEST_F(Tsdb, AsksForItsSettingsOnce) {
  script_.add(200, kConfig);
  script_.add(200, kFlags);
  script_.add(200, kRuntime);
  const Settings settings = client_->settings();
  EXPECT_EQ(settings.scrape_interval, seconds(15));
  EXPECT_EQ(settings.rate_interval(), seconds(60));
  EXPECT_EQ(settings.evaluation_interval, seconds(30));
  EXPECT_EQ(settings.lookback_delta, seconds(120));
  EXPECT_EQ(settings.query_timeout, seconds(60));
  EXPECT_EQ(settings.max_samples, 1000U);
  EXPECT_EQ(settings.retention, std::chrono::hours(7 * 24));
  EXPECT_EQ(client_->settings().scrape_interval, seconds(15));
  EXPECT_EQ(script_.seen.size(), 3U);
}

TEST_F(Tsdb, KeepsDefaultsForWhatAServerDoesNotKnow) {
  script_.add(404, "not here");
  script_.add(200, R"({"status":"success","data":{"query.max-samples":"many"}})");
  script_.add(200, "nonsense");
  const Settings settings = client_->settings();
  EXPECT_EQ(settings.scrape_interval, seconds(60));
  EXPECT_EQ(settings.max_samples, 50'000'000U);
  EXPECT_EQ(settings.retention.count(), 0);
}

TEST_F(Tsdb, AsksADeadServerOnlyOnce) {
  EXPECT_EQ(client_->settings().scrape_interval, seconds(60));
  EXPECT_EQ(client_->settings().scrape_interval, seconds(60));
  EXPECT_EQ(script_.seen.size(), 1U);
}

TEST_F(Tsdb, PrefersConfiguredIntervals) {
  client_ = make({.scrape_interval = seconds(5), .evaluation_interval = seconds(7)});
  script_.add(200, kConfig);
  EXPECT_EQ(client_->settings().scrape_interval, seconds(5));
  EXPECT_EQ(client_->settings().evaluation_interval, seconds(7));
}

TEST_F(Tsdb, DeletesWhatIsSelected) {
  script_.add(204, "");
  ASSERT_TRUE(
      client_->delete_series({"{uuid=~\"a|b\"}", "node_x"}, TimePoint(seconds(1)), TimePoint(seconds(2))));
  EXPECT_TRUE(script_.seen[0].url.ends_with("/api/v1/admin/tsdb/delete_series"));
  EXPECT_EQ(script_.seen[0].body,
            "match%5B%5D=%7Buuid%3D~%22a%7Cb%22%7D&match%5B%5D=node_x&start=1.000&end=2.000");
}

TEST_F(Tsdb, NeverDeletesByLabelsThatMayBeAbsent) {
  EXPECT_FALSE(client_->delete_series({}, {}, {}));
  for (const char* matcher : {"", "{}", "{uuid=~\"\"}", "{uuid=\"\"}", "{uuid!=\"a\"}", "{uuid=~\".*\"}",
                              "{uuid=~`|a`}", "{a!~\"b\", c=''}", "{uuid=~\"a|\"}"})
    EXPECT_FALSE(client_->delete_series({"up", matcher}, {}, {})) << matcher;
  EXPECT_TRUE(script_.seen.empty());
}

}  // namespace
}  // namespace ceems::tsdb
