#include "tsdb/catalogue.h"

#include "http/client.h"

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::tsdb {
namespace {

using std::chrono::seconds;

struct Asked {
  std::vector<std::string> seen;  // "POST http://… body"
  std::deque<http::Response> answers;
};

class ScriptedTransport final : public http::Client {
 public:
  explicit ScriptedTransport(Asked& asked) : asked_(asked) {}
  base::Result<http::Response> send(std::string_view url, http::Request request) override {
    asked_.seen.push_back(request.method + " " + std::string(url) + " " + request.body);
    if (asked_.answers.empty()) return base::fail(base::ErrorCode::kUnavailable, url, "connection refused");
    http::Response answer = std::move(asked_.answers.front());
    asked_.answers.pop_front();
    return answer;
  }
  void cancel() override {}

 private:
  Asked& asked_;
};

class CatalogueTest : public testing::Test {
 protected:
  void answer(int status, std::string body) {
    asked_.answers.push_back(http::text_response(status, std::move(body)));
  }
  Asked asked_;
  Catalogue catalogue_{"http://user:secret@tsdb.example/prom/", std::make_unique<ScriptedTransport>(asked_)};
};

TEST_F(CatalogueTest, ListsSeries) {
  answer(200, R"({"status":"success","data":[{"__name__":"up","job":"a"},{}]})");
  const auto series = catalogue_.series({"up", "b{c=\"d\"}"}, TimePoint(seconds(1)), TimePoint(seconds(2)));
  ASSERT_TRUE(series);
  ASSERT_EQ(series->size(), 2U);
  EXPECT_EQ(label_of((*series)[0], "job"), "a");
  EXPECT_EQ(label_of((*series)[1], "job"), "");
  EXPECT_EQ(asked_.seen[0],
            "POST http://user:secret@tsdb.example/prom/api/v1/series "
            "match%5B%5D=up&match%5B%5D=b%7Bc%3D%22d%22%7D&start=1.000&end=2.000");
}

TEST_F(CatalogueTest, AsksByGetWherePostIsNotAllowed) {
  answer(405, "");
  answer(200, R"({"status":"success","data":[]})");
  EXPECT_TRUE(catalogue_.series({"up"}, TimePoint(seconds(1)), TimePoint(seconds(2))));
  EXPECT_TRUE(asked_.seen[1].starts_with("GET http://user:secret@tsdb.example/prom/api/v1/series?match"));
}

TEST_F(CatalogueTest, ListsValuesOfALabel) {
  answer(200, R"({"status":"success","data":["a","b"]})");
  const auto values = catalogue_.label_values("job", "up", TimePoint(seconds(1)), TimePoint(seconds(2)));
  ASSERT_TRUE(values);
  EXPECT_EQ(*values, (std::vector<std::string>{"a", "b"}));
}

TEST_F(CatalogueTest, KnowsTheShortestIntervalOfEachJob) {
  answer(200, R"({"status":"success","data":{"activeTargets":[
      {"discoveredLabels":{"job":"a","__scrape_interval__":"30s"}},
      {"discoveredLabels":{"job":"a","__scrape_interval__":"15s"}},
      {"discoveredLabels":{"job":"b","__scrape_interval__":"never"}},
      {"discoveredLabels":{"__scrape_interval__":"1m"}},{}, 5]}})");
  const auto intervals = catalogue_.scrape_intervals();
  ASSERT_TRUE(intervals);
  EXPECT_EQ(*intervals, (std::map<std::string, Milliseconds>{{"a", seconds(15)}}));
}

TEST_F(CatalogueTest, SaysWhatWasWrongWithoutThePassword) {
  for (const char* body :
       {"<html>", "[]", R"({"status":"success","data":{}})", R"({"status":"success","data":[5]})",
        R"({"status":"success","data":[{"a":1}]})"}) {
    answer(200, body);
    const auto series = catalogue_.series({"up"}, TimePoint(seconds(1)), TimePoint(seconds(2)));
    ASSERT_FALSE(series) << body;
    EXPECT_NE(series.error().subject.find("tsdb.example/prom/api/v1/series"), std::string::npos);
    EXPECT_EQ(series.error().text().find("secret"), std::string::npos);
  }
  answer(503, R"({"status":"error","errorType":"unavailable","error":"starting"})");
  const auto intervals = catalogue_.scrape_intervals();
  ASSERT_FALSE(intervals);
  EXPECT_NE(intervals.error().text().find("unavailable: starting"), std::string::npos);
}

}  // namespace
}  // namespace ceems::tsdb
