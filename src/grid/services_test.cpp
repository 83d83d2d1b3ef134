#include "grid/electricity_maps.h"
#include "grid/rte.h"
#include "grid/scripted_client_test.h"
#include "grid/watttime.h"

#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ceems::grid {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const Instant kNow = std::chrono::sys_days(2026y / 1 / 2) + 10min;

class ServicesTest : public testing::Test {
 protected:
  std::unique_ptr<JsonApi> api() {
    return std::make_unique<JsonApi>("http://api.example/v3/", std::make_unique<ScriptedClient>(script_));
  }
  static std::string text(const Poll& poll) {
    std::string text;
    if (poll.table) {
      for (const EmissionFactor& factor : *poll.table)
        text += fmt::format("{}={:.0f} ", factor.country_code, factor.grams_per_kwh);
    }
    if (poll.problem) text += "! " + poll.problem->text();
    return text;
  }
  std::vector<std::string> urls() const {
    std::vector<std::string> urls;
    for (const auto& exchange : script_.seen)
      urls.push_back(exchange.url);
    return urls;
  }

  Script script_;
};

std::string intensity(std::string_view zone, int grams) {
  return fmt::format(R"({{"zone":"{}","carbonIntensity":{}}})", zone, grams);
}

TEST_F(ServicesTest, RteIsAskedForTheNewestRecordOfADay) {
  const auto rte = make_rte_service(api());
  script_.add(200, R"({"results":[{"taux_co2":33,"date_heure":"2026-01-01T23:45:00+00:00"}]})");
  EXPECT_EQ(text(rte->poll(kNow)), "FR=33 ");
  EXPECT_EQ(script_.seen[0].url,
            "http://api.example/v3/api/explore/v2.1/catalog/datasets/eco2mix-national-tr/records?"
            "include_app_metas=false&include_links=false&limit=1&offset=0&order_by=date_heure%20desc&"
            "select=taux_co2%2Cdate_heure&timezone=Europe%2FParis&"
            "where=date_heure%20in%20%5Bdate%272026-01-01%27%20TO%20now%28%29%5D%20and%20taux_co2%20is%20not%"
            "20null");
}

TEST_F(ServicesTest, AStatusIsAnErrorWhateverTheBody) {
  const auto rte = make_rte_service(api());
  script_.add(429, R"({"error":"Too many requests","results":[{"taux_co2":33}]})", {{"Retry-After", "60"}});
  const Poll poll = rte->poll(kNow);
  EXPECT_THAT(text(poll), StartsWith("! http://api.example"));
  EXPECT_THAT(text(poll), HasSubstr("answered 429 Too Many Requests: Too many requests"));
  EXPECT_EQ(poll.pause, 60s);
}

TEST_F(ServicesTest, ElectricityMapsIsAskedZoneByZoneWithTheToken) {
  const auto emaps = make_electricity_maps_service(api(), {.token = "secret"});
  script_.add(200, R"({"FR":{"zoneName":"France"},"DE":{"zoneName":"Germany"}})");
  script_.add(200, intensity("DE", 400));
  script_.add(200, intensity("FR", 40));
  EXPECT_EQ(text(emaps->poll(kNow)), "DE=400 FR=40 ");
  EXPECT_THAT(urls(), ::testing::ElementsAre("http://api.example/v3/zones",
                                             "http://api.example/v3/carbon-intensity/latest?zone=DE",
                                             "http://api.example/v3/carbon-intensity/latest?zone=FR"));
  for (const auto& exchange : script_.seen)
    EXPECT_EQ(exchange.fields.find("auth-token"), "secret");
}

TEST_F(ServicesTest, AZoneThatFailsKeepsItsFactor) {
  const auto emaps = make_electricity_maps_service(api(), {.token = "secret"});
  script_.add(200, R"({"FR":{},"DE":{}})");
  script_.add(200, intensity("DE", 400));
  script_.add(200, intensity("FR", 40));
  (void)emaps->poll(kNow);
  script_.add(200, R"({"zone":"DE","carbon":1})");
  script_.add(200, intensity("FR", 50));
  EXPECT_EQ(text(emaps->poll(kNow)), "DE=400 FR=50 ! DE: the answer has another shape: no carbonIntensity");
}

TEST_F(ServicesTest, ZonesThatATokenIsNotGoodForAreNotAskedAgain) {
  const auto emaps = make_electricity_maps_service(api(), {.token = "secret"});
  script_.add(200, R"({"FR":{},"DE":{}})");
  script_.add(403, R"({"error":"no access"})");
  script_.add(200, intensity("FR", 40));
  EXPECT_EQ(text(emaps->poll(kNow)), "FR=40 ");
  script_.add(200, intensity("FR", 50));
  EXPECT_EQ(text(emaps->poll(kNow)), "FR=50 ");
  EXPECT_EQ(script_.seen.size(), 4U);
}

TEST_F(ServicesTest, ZonesThatWereAskedForAreTheOnlyOnesAndMustWork) {
  const auto emaps = make_electricity_maps_service(api(), {.token = "secret", .zones = {"XX", "FR"}});
  script_.add(200, R"({"FR":{"zoneName":"France"},"DE":{}})");
  script_.add(200, intensity("FR", 40));
  script_.add(404, R"({"error":"unknown zone"})");
  EXPECT_THAT(text(emaps->poll(kNow)), ::testing::EndsWith("latest: answered 404 Not Found: unknown zone"));
}

TEST_F(ServicesTest, AServiceThatHasEnoughIsLeftAloneAndTheNextRoundGoesOnFromThere) {
  const auto emaps = make_electricity_maps_service(api(), {.token = "secret"});
  script_.add(200, R"({"AT":{},"DE":{},"FR":{}})");
  script_.add(200, intensity("AT", 100));
  script_.add(429, "{}", {{"Retry-After", "7"}});
  const Poll first = emaps->poll(kNow);
  EXPECT_THAT(text(first), StartsWith("AT=100 ! "));
  EXPECT_EQ(first.pause, 7s);
  script_.add(200, intensity("FR", 40));
  script_.add(200, intensity("AT", 110));
  script_.add(200, intensity("DE", 400));
  EXPECT_EQ(text(emaps->poll(kNow)), "AT=110 DE=400 FR=40 ");
}

TEST_F(ServicesTest, WattTimeIsAskedWithATokenThatIsRenewedInTime) {
  const auto watttime = make_watttime_service(api(), {.user = "u", .password = "p", .region = "R_1"});
  const std::string history =
      R"({"data":[{"point_time":"2026-01-02T00:05:00Z","value":1000}],"meta":{"units":"lbs_co2_per_mwh"}})";
  script_.add(200, R"({"token":"first"})");
  script_.add(200, history);
  EXPECT_EQ(text(watttime->poll(kNow)), "R_1=454 ");
  EXPECT_EQ(script_.seen[0].fields.find("Authorization"), "Basic dTpw");
  EXPECT_EQ(script_.seen[1].url,
            "http://api.example/v3/v3/historical?end=2026-01-02T00%3A10%3A00Z&region=R_1&"
            "signal_type=co2_moer&start=2026-01-01T23%3A10%3A00Z");
  EXPECT_EQ(script_.seen[1].fields.find("Authorization"), "Bearer first");
  script_.add(200, history);
  (void)watttime->poll(kNow + 24min);
  script_.add(200, R"({"token":"second"})");
  script_.add(200, history);
  (void)watttime->poll(kNow + 25min);
  ASSERT_EQ(script_.seen.size(), 5U);
  EXPECT_EQ(script_.seen[4].fields.find("Authorization"), "Bearer second");
}

TEST_F(ServicesTest, WattTimeIsToldAgainWhoAsksWhenATokenEndsEarly) {
  const auto watttime = make_watttime_service(api(), {.user = "u", .password = "p", .region = "R_1"});
  const std::string history =
      R"({"data":[{"point_time":"2026-01-02T00:05:00Z","value":1000}],"meta":{"units":"lbs_co2_per_mwh"}})";
  script_.add(200, R"({"token":"first"})");
  script_.add(200, history);
  (void)watttime->poll(kNow);
  script_.add(401, "{}");
  script_.add(200, R"({"token":"second"})");
  script_.add(200, history);
  EXPECT_EQ(text(watttime->poll(kNow)), "R_1=454 ");
}

TEST_F(ServicesTest, WattTimeIsNotAskedTwiceWithAFreshTokenThatItRefuses) {
  const auto watttime = make_watttime_service(api(), {.user = "u", .password = "p", .region = "R_1"});
  script_.add(200, R"({"token":"first"})");
  script_.add(401, "{}");
  EXPECT_THAT(text(watttime->poll(kNow)), HasSubstr("answered 401"));
  EXPECT_EQ(script_.seen.size(), 2U);
}

TEST_F(ServicesTest, NoSecretIsInAnError) {
  const auto watttime = make_watttime_service(api(), {.user = "user", .password = "hunter2", .region = "R"});
  script_.add(403, R"({"detail":"no"})");
  const std::string said = text(watttime->poll(kNow));
  EXPECT_THAT(said, HasSubstr("answered 403"));
  EXPECT_THAT(said, ::testing::Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace ceems::grid
