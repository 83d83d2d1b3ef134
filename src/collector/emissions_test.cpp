#include "collector/emissions.h"

#include "collector/golden_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ceems::collector {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::string page(const EmissionsOptions& options) {
  const auto collector = make_emissions_collector({.hostname = "n1"}, options);
  return collector ? collect_page(**collector) : collector.error().text();
}

TEST(EmissionsCollectorTest, OffersCountriesAndTheWorld) {
  const std::string all = page({.providers = {"global", "owid"}});
  EXPECT_THAT(all,
              HasSubstr("ceems_emissions_gCo2_kWh{country=\"World\",country_code=\"ZZ\",provider=\"global\","
                        "provider_name=\"IEA\"} 445\n"));
  EXPECT_THAT(all,
              HasSubstr("ceems_emissions_gCo2_kWh{country=\"France\",country_code=\"FR\",provider=\"owid\","
                        "provider_name=\"OWID\"} 56.039\n"));
  EXPECT_THAT(all, Not(HasSubstr("conflict")));
}

TEST(EmissionsCollectorTest, OffersOnlyTheProvidersThatAreNamed) {
  EXPECT_THAT(page({.providers = {"owid"}}), Not(HasSubstr("global")));
}

TEST(EmissionsCollectorTest, NamesNoHost) {
  EXPECT_THAT(page({.providers = {"owid"}}), Not(HasSubstr("hostname")));
}

TEST(EmissionsCollectorTest, TakesAnotherTableAndLeavesOutFactorsThatAreNotAboveZero) {
  EXPECT_EQ(samples_only(page({.providers = {"owid"}, .owid_file = CEEMS_TEST_DATA "/owid-small.csv"})),
            "ceems_emissions_gCo2_kWh{country=\"Somewhere\",country_code=\"CH\",provider=\"owid\","
            "provider_name=\"OWID\"} 30\n"
            "ceems_emissions_gCo2_kWh{country=\"Zwhere\",country_code=\"AT\",provider=\"owid\","
            "provider_name=\"OWID\"} 100.5\n"
            "ceems_emissions_provider_info{provider=\"owid\",provider_name=\"OWID\",scope=\"lifecycle\","
            "signal=\"average\"} 1\n");
}

TEST(EmissionsCollectorTest, RefusesUnknownProvidersAndFiles) {
  EXPECT_EQ(page({.providers = {"x"}}), "x: no such provider of emission factors");
  EXPECT_EQ(page({.providers = {"owid"}, .owid_file = "/nonexistent"}),
            "/nonexistent: No such file or directory");
}

TEST(EmissionsCollectorTest, ListsItsProviders) {
  EXPECT_THAT(emission_provider_names(), ElementsAre("emaps", "global", "owid", "rte", "wt"));
}

TEST(EmissionsCollectorTest, EmitsTheSameAgain) {
  const auto collector = make_emissions_collector({}, {.providers = {"owid"}}).value();
  EXPECT_EQ(collect_page(*collector), collect_page(*collector));
}

constexpr grid::Instant kNow{std::chrono::hours(500'000)};

// A service whose last poll failed, with a factor from before.
class FailingProvider final : public grid::Provider {
 public:
  const grid::ProviderInfo& info() const override { return info_; }
  std::shared_ptr<const grid::FactorTable> factors() const override { return table_; }
  std::optional<grid::ProviderHealth> health() const override {
    return grid::ProviderHealth{.started = true, .polls = 3, .errors = 2, .age = std::chrono::seconds(90)};
  }

 private:
  const grid::ProviderInfo info_{.id = "emaps", .name = "E", .signal = "average", .scope = "lifecycle"};
  const std::shared_ptr<const grid::FactorTable> table_ =
      std::make_shared<const grid::FactorTable>(grid::FactorTable{{.provider = "emaps",
                                                                   .provider_name = "E",
                                                                   .country_code = "FR",
                                                                   .country = "France",
                                                                   .grams_per_kwh = 40,
                                                                   .time = kNow - std::chrono::minutes(2),
                                                                   .estimated = true}});
};

std::string page_of_failing(std::chrono::milliseconds max_age) {
  std::vector<std::unique_ptr<grid::Provider>> providers;
  providers.push_back(std::make_unique<FailingProvider>());
  const auto collector = make_emissions_collector(std::move(providers), max_age, [] { return kNow; });
  return samples_only(collect_page(*collector));
}

TEST(EmissionsCollectorTest, KeepsTheLastFactorWithItsAge) {
  EXPECT_EQ(page_of_failing({}),
            "ceems_emissions_age_seconds{country_code=\"FR\",provider=\"emaps\"} 120\n"
            "ceems_emissions_estimated{country_code=\"FR\",provider=\"emaps\"} 1\n"
            "ceems_emissions_gCo2_kWh{country=\"France\",country_code=\"FR\",provider=\"emaps\","
            "provider_name=\"E\"} 40\n"
            "ceems_emissions_provider_info{provider=\"emaps\",provider_name=\"E\",scope=\"lifecycle\","
            "signal=\"average\"} 1\n"
            "ceems_exporter_source_age_seconds{source=\"emissions-emaps\"} 90\n"
            "ceems_exporter_source_errors_total{source=\"emissions-emaps\"} 2\n"
            "ceems_exporter_source_readings_total{source=\"emissions-emaps\"} 3\n");
}

TEST(EmissionsCollectorTest, ShowsNoFactorThatIsOlderThanAllowed) {
  EXPECT_THAT(page_of_failing(std::chrono::minutes(1)), Not(HasSubstr("gCo2")));
  EXPECT_THAT(page_of_failing(std::chrono::minutes(3)), HasSubstr("gCo2"));
}

}  // namespace
}  // namespace ceems::collector
