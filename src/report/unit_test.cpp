#include "report/unit.h"

#include "report/summary.h"

#include <gtest/gtest.h>

namespace ceems::report {
namespace {

TEST(UnitsAnswer, TakesMembersOfTheWrongTypeAsAbsent) {
  const auto answer = parse_units(R"({"status":"success","data":[7,{"uuid":5,"name":"n","avg_cpu_usage":[1],
      "total_cpu_energy_usage_kwh":{"total":"x","other":2},"ended_at_ts":1.5}]})");
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->units.size(), 1u);
  const Unit& unit = answer->units[0];
  EXPECT_EQ(unit.texts[kUuidSlot], "");
  EXPECT_EQ(unit.texts[1], "n");
  EXPECT_TRUE(unit.metrics[0].empty());
  EXPECT_EQ(unit.metrics[2], (Metrics{{"other", 2.0}}));
  EXPECT_EQ(unit.ended_at_ms, 0);
}

TEST(UnitsAnswer, RepeatsTheServersReason) {
  const auto answer =
      parse_units(R"({"status":"error","data":null,"errorType":"internal","error":"disk on fire"})");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message, "disk on fire");
  EXPECT_EQ(answer.error().code, base::ErrorCode::kUnavailable);
}

TEST(UnitsAnswer, SaysThatAnErrorHasNoReason) {
  const auto answer = parse_units(R"({"status":"error","data":null})");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message, "unknown error");
}

TEST(UnitsAnswer, HandsWarningsOn) {
  const auto answer = parse_units(R"({"status":"success","data":[],"warnings":["failed to scan 2 rows",3]})");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->warnings, std::vector<std::string>{"failed to scan 2 rows"});
}

TEST(UnitsAnswer, RefusesWhatIsNoEnvelope) {
  for (const char* text : {"", "{", "[]", "null", "<html>", R"({"status":"success"})", R"({"data":[]})",
                           R"({"status":"success","data":{}})", R"({"status":"success","data":[{]})"})
    EXPECT_FALSE(parse_units(text)) << text;
  EXPECT_FALSE(parse_units(std::string(100'000, '[')));
  EXPECT_FALSE(parse_units(std::string("{\"status\":\"success\",\"data\":[\"\xff\"]}")));
}

TEST(Elapsed, PrintsDaysFromTwentyFourHoursOn) {
  EXPECT_EQ(print_elapsed(0), "");
  EXPECT_EQ(print_elapsed(-5), "");
  EXPECT_EQ(print_elapsed(59), "00:00:59");
  EXPECT_EQ(print_elapsed(86'399), "23:59:59");
  EXPECT_EQ(print_elapsed(86'400), "1-00:00:00");
  EXPECT_EQ(print_elapsed(93'784.9), "1-02:03:04");
  EXPECT_EQ(print_elapsed(1e300), "");
}

}  // namespace
}  // namespace ceems::report
