#include "base/file.h"
#include "base/rfc3339.h"
#include "base/text.h"
#include "grid/answer.h"
#include "grid/electricity_maps.h"
#include "grid/rte.h"
#include "grid/watttime.h"

#include <chrono>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ceems::grid {
namespace {

std::string describe(const base::Result<EmissionFactor>& factor) {
  if (!factor) return factor.error().message;
  std::string text =
      fmt::format("{} {} {:.6g}", factor->country_code, factor->country, factor->grams_per_kwh);
  if (factor->time)
    text += " at " + base::print_rfc3339(std::chrono::floor<std::chrono::seconds>(*factor->time));
  if (factor->estimated.value_or(false)) text += " estimated";
  return text;
}

std::string describe(const base::Result<std::vector<Zone>>& zones) {
  if (!zones) return zones.error().message;
  std::string text;
  for (const Zone& zone : *zones)
    text += (text.empty() ? "" : "; ") + zone.key + ": " + zone.name;
  return text;
}

std::string outcome(std::string_view kind, std::string_view body) {
  if (kind == "rte") return describe(parse_rte(body));
  if (kind == "zones") return describe(parse_zones(body));
  if (kind == "emaps") return describe(parse_carbon_intensity(body, {"FR", "France"}));
  if (kind == "wt") return describe(parse_watttime_history(body, "CAISO_NORTH"));
  if (kind == "token") {
    const auto token = parse_watttime_token(body);
    return token ? *token : token.error().message;
  }
  return "no such kind";
}

TEST(AnswersTest, AreFactorsOrSayWhatIsWrongWithThem) {
  const std::string text = base::read_file(CEEMS_TEST_DATA "/answers.txt").value();
  std::string_view rest = text;
  std::string_view line;
  std::string answer;
  int cases = 0;
  while (base::next_line(rest, line)) {
    if (line.empty() || line.starts_with('#')) continue;
    if (!line.starts_with("= ")) {
      answer = line;
      continue;
    }
    ++cases;
    const std::size_t blank = answer.find(' ');
    EXPECT_EQ(outcome(std::string_view(answer).substr(0, blank), std::string_view(answer).substr(blank + 1)),
              line.substr(2))
        << answer;
  }
  EXPECT_GT(cases, 30);
}

TEST(AnswersTest, TellTheErrorsOfServices) {
  EXPECT_EQ(error_text(R"({"error":"Invalid auth-token"})"), "Invalid auth-token");
  EXPECT_EQ(error_text(R"({"statusCode":401,"message":"Unauthorized","error":"x"})"), "Unauthorized");
  EXPECT_EQ(error_text(R"({"error":{"code":1}})"), "");
  EXPECT_EQ(error_text("<html>"), "");
  EXPECT_EQ(error_text(R"({"error":")" + std::string(1000, 'x') + R"("})").size(), 200U);
}

}  // namespace
}  // namespace ceems::grid
