#include "grid/patience.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::grid {
namespace {

using namespace std::chrono_literals;

const Instant kNow = std::chrono::sys_days(2026y / 10 / 21) + 7h;

std::optional<std::chrono::milliseconds> pause(int status, std::vector<http::Fields::Entry> fields,
                                               std::string body = "") {
  http::Response answer = http::text_response(status, std::move(body));
  for (auto& [name, value] : fields)
    answer.fields.add(name, value);
  return asked_pause(answer, kNow);
}

TEST(PatienceTest, WaitsAsLongAsARefusalSays) {
  EXPECT_EQ(pause(429, {{"Retry-After", "120"}}), 120s);
  EXPECT_EQ(pause(503, {{"Retry-After", " 1 "}}), 1s);
  EXPECT_EQ(pause(429, {{"Retry-After", "Wed, 21 Oct 2026 07:28:00 GMT"}}), 28min);
  EXPECT_EQ(pause(429, {{"Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT"}}), 0s);
  EXPECT_EQ(pause(200, {{"Retry-After", "120"}}), std::nullopt);
}

TEST(PatienceTest, WaitsForANewQuotaWhenNothingIsLeftOfOne) {
  EXPECT_EQ(pause(200, {{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "2026-10-21 08:00:00+00:00"}}),
            1h);
  EXPECT_EQ(pause(200, {{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "1792566060"}}), 1min);
  EXPECT_EQ(pause(429, {{"X-RateLimit-Reset", "30"}}), 30s);
  EXPECT_EQ(pause(200, {{"X-RateLimit-Remaining", "9"}, {"X-RateLimit-Reset", "30"}}), std::nullopt);
  EXPECT_EQ(pause(429, {}, R"({"errorcode":10005,"reset_time":"2026-10-22T00:00:00Z","error":"Too many"})"),
            17h);
}

TEST(PatienceTest, AsksForNoneWhereNothingCanBeUnderstood) {
  for (const char* text : {"", "soon", "-5", "nan", "Wed, 21 Okt 2026 07:28:00 GMT", "1 2 3 4 5 GMT"})
    EXPECT_EQ(pause(429, {{"Retry-After", text}}), std::nullopt) << text;
  EXPECT_EQ(pause(429, {}, "<html>"), std::nullopt);
}

TEST(PatienceTest, BoundsWhatIsAbsurd) {
  EXPECT_LE(pause(429, {{"Retry-After", "1e300"}}).value(), 1'000'000'000s);
}

}  // namespace
}  // namespace ceems::grid
