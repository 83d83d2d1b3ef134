#include "grid/provider.h"

#include <gtest/gtest.h>

namespace ceems::grid {
namespace {

std::string ids(const std::vector<std::string>& wanted) {
  const auto providers = make_providers(wanted);
  if (!providers) return providers.error().text();
  std::string text;
  for (const auto& provider : *providers)
    text += std::string(provider->info().id) + " ";
  return text;
}

TEST(ProviderTest, OffersAllProvidersUnlessSomeAreNamed) {
  EXPECT_EQ(ids({}), "global owid rte ");
  EXPECT_EQ(ids({"owid", "owid"}), "owid ");
  EXPECT_EQ(ids({"global"}), "global ");
}

TEST(ProviderTest, LeavesOutThoseWithoutCredentialsUnlessTheyAreNamed) {
  EXPECT_EQ(ids({"emaps"}), "emaps: EMAPS_API_TOKEN is not set");
  EXPECT_EQ(ids({"wt"}), "wt: WT_USERNAME, WT_PASSWORD or WT_REGION is not set");
  ProviderOptions options;
  options.electricity_maps_token = "";
  options.watttime_user = options.watttime_password = options.watttime_region = "x";
  std::string all;
  const auto providers = make_providers({}, options).value();
  for (const auto& provider : providers)
    all += std::string(provider->info().id) + " ";
  EXPECT_EQ(all, "emaps global owid rte wt ");
}

TEST(ProviderTest, RefusesAUrlThatIsNone) {
  ProviderOptions options;
  options.rte.url = "nonsense";
  EXPECT_FALSE(make_providers({"rte"}, options));
}

TEST(ProviderTest, RefusesAnUnknownProvider) {
  EXPECT_EQ(ids({"owid", "owd"}), "owd: no such provider of emission factors");
}

TEST(ProviderTest, KnowsTheAverageOfTheWorld) {
  const auto providers = make_providers({"global"}).value();
  const auto table = providers[0]->factors();
  ASSERT_EQ(table->size(), 1U);
  EXPECT_EQ(table->front().provider_name, "IEA");
  EXPECT_EQ(table->front().country_code, "ZZ");
  EXPECT_EQ(table->front().country, "World");
  EXPECT_EQ(table->front().grams_per_kwh, 445);
}

TEST(ProviderTest, HandsOutTheSameTableEachTime) {
  const auto providers = make_providers({}).value();
  for (const auto& provider : providers)
    EXPECT_EQ(provider->factors(), provider->factors());
}

}  // namespace
}  // namespace ceems::grid
