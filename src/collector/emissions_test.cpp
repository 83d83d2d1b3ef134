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
  const std::string all = page({});
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
  EXPECT_THAT(page({}), Not(HasSubstr("hostname")));
}

TEST(EmissionsCollectorTest, TakesAnotherTableAndLeavesOutFactorsThatAreNotAboveZero) {
  EXPECT_EQ(samples_only(page({.providers = {"owid"}, .owid_file = CEEMS_TEST_DATA "/owid-small.csv"})),
            "ceems_emissions_gCo2_kWh{country=\"Somewhere\",country_code=\"CH\",provider=\"owid\","
            "provider_name=\"OWID\"} 30\n"
            "ceems_emissions_gCo2_kWh{country=\"Zwhere\",country_code=\"AT\",provider=\"owid\","
            "provider_name=\"OWID\"} 100.5\n");
}

TEST(EmissionsCollectorTest, RefusesUnknownProvidersAndFiles) {
  EXPECT_EQ(page({.providers = {"x"}}), "x: no such provider of emission factors");
  EXPECT_EQ(page({.owid_file = "/nonexistent"}), "/nonexistent: No such file or directory");
}

TEST(EmissionsCollectorTest, ListsItsProviders) {
  EXPECT_THAT(emission_provider_names(), ElementsAre("global", "owid"));
}

TEST(EmissionsCollectorTest, EmitsTheSameAgain) {
  const auto collector = make_emissions_collector({}, {}).value();
  EXPECT_EQ(collect_page(*collector), collect_page(*collector));
}

}  // namespace
}  // namespace ceems::collector
