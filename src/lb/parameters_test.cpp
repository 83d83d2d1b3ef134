#include "lb/parameters.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::lb {
namespace {

http::Request form(const std::string& target, const std::string& body,
                   const std::string& type = "application/x-www-form-urlencoded") {
  http::Request request;
  request.method = "POST";
  request.target = target;
  request.body = body;
  request.fields.add("Content-Type", type);
  return request;
}

std::string read(const http::Request& request, TsdbResource resource = TsdbResource::kQuery,
                 const std::vector<std::string>& extra = {}) {
  const auto parameters = Parameters::read(request, resource, extra);
  return parameters ? parameters->form() : parameters.error().text();
}

TEST(Parameters, MergesUrlAndForm) {
  EXPECT_EQ(read(form("/api/v1/query?time=5", "query=up%20%2B+1")), "time=5&query=up%20%2B%201");
  EXPECT_EQ(read(form("/api/v1/series?match[]=a", "match%5B%5D=b"), TsdbResource::kSeries),
            "match%5B%5D=a&match%5B%5D=b");
}

TEST(Parameters, RefusesWhatIsGivenTwice) {
  EXPECT_EQ(read(form("/api/v1/query?query=a", "query=b")), "query: this parameter is given more than once");
  EXPECT_EQ(read(form("/api/v1/query", "query=a&query=a")), "query: this parameter is given more than once");
  EXPECT_EQ(read(form("/api/v1/query", "query=a&que%72y=a")),
            "query: this parameter is given more than once");
}

TEST(Parameters, PassesOnOnlyWhatTheResourceTakes) {
  EXPECT_EQ(read(form("/api/v1/query", "query=a&dedup=true")), "dedup: this parameter is not passed on");
  EXPECT_EQ(read(form("/api/v1/query", "query=a&dedup=true"), TsdbResource::kQuery, {"dedup"}),
            "query=a&dedup=true");
  EXPECT_EQ(read(form("/api/v1/query", "query=a&match[]=b")), "match[]: this parameter is not passed on");
  EXPECT_EQ(read(form("/api/v1/query", "query=a&start=1")), "start: this parameter is not passed on");
}

TEST(Parameters, ReadsFormsOnly) {
  EXPECT_EQ(read(form("/api/v1/query", "query=a", "application/x-www-form-urlencoded; charset=utf-8")),
            "query=a");
  for (const char* const type :
       {"text/plain", "multipart/form-data", "application/json", "", "application/x-www-form-urlencodedx"}) {
    EXPECT_EQ(read(form("/api/v1/query", "query=a", type)),
              "Content-Type: the body must be application/x-www-form-urlencoded")
        << type;
  }
  http::Request twice = form("/api/v1/query", "query=a");
  twice.fields.add("Content-Type", "text/plain");
  EXPECT_EQ(read(twice), "Content-Type: the body must be application/x-www-form-urlencoded");
  http::Request get = form("/api/v1/query", "query=a");
  get.method = "GET";
  EXPECT_EQ(read(get), "a GET request has no body here");
}

TEST(Parameters, BoundsTheirNumber) {
  std::string many = "match[]=a";
  for (int i = 0; i < 1000; ++i)
    many += "&match[]=a";
  EXPECT_EQ(read(form("/api/v1/series", many), TsdbResource::kSeries), "more than 1000 parameters");
}

TEST(Times, AreReadAsPrometheusDoes) {
  const auto time = [](std::string_view text) {
    const auto parsed = parse_time(text, "time");
    return parsed ? std::to_string(*parsed) : "bad";
  };
  EXPECT_EQ(time("0"), "0");
  EXPECT_EQ(time("1700000000"), "1700000000000");
  EXPECT_EQ(time("1700000000.1234"), "1700000000123");
  EXPECT_EQ(time("-1.5"), "-1500");
  EXPECT_EQ(time("1e3"), "1000000");
  EXPECT_EQ(time("2026-01-31T12:00:00Z"), "1769860800000");
  EXPECT_EQ(time("2026-01-31T12:00:00.25Z"), "1769860800250");
  EXPECT_EQ(time("2026-01-31T12:00:00+01:30"), "1769855400000");
  EXPECT_EQ(time("1969-12-31T23:59:59Z"), "-1000");
  for (const char* const text : {"", "now", "1700000000x", "NaN", "Inf", "1e300", "2026-01-31",
                                 "2026-02-30T00:00:00Z", "2026-01-31T12:00:00", "2026-01-31T12:00:00.Z",
                                 "2026-01-31T24:00:00Z", "2026-01-31T12:00:00Zx", " 1"})
    EXPECT_EQ(time(text), "bad") << text;
}

TEST(Times, AreLengthsToo) {
  EXPECT_EQ(*parse_length("15", "step"), 15'000);
  EXPECT_EQ(*parse_length("0.5", "step"), 500);
  EXPECT_EQ(*parse_length("1h30m", "step"), 5'400'000);
  for (const char* const text : {"", "-1", "1x", "NaN", "1e300"})
    EXPECT_FALSE(parse_length(text, "step")) << text;
}

TEST(Times, ArePrintedExactly) {
  EXPECT_EQ(print_time(1'700'000'000'123), "1700000000.123");
  EXPECT_EQ(print_time(-1'005), "-1.005");
  EXPECT_EQ(print_time(0), "0.000");
}

}  // namespace
}  // namespace ceems::lb
