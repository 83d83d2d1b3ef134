#include "grid/owid.h"

#include "base/file.h"
#include "base/text.h"

#include <algorithm>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ceems::grid {
namespace {

std::string describe(const base::Result<FactorTable>& table) {
  if (!table) return table.error().text() + "\n";
  std::string text;
  for (const EmissionFactor& factor : *table)
    text += fmt::format("{} {} {}\n", factor.country_code, factor.country, factor.grams_per_kwh);
  return text;
}

TEST(OwidTest, TakesTheLatestYearOfEachCountryAndSurvivesRubbish) {
  int cases = 0;
  for (const std::string& name : base::list_directory(CEEMS_TEST_DATA).value()) {
    if (!name.ends_with(".csv")) continue;
    ++cases;
    const std::string path = base::join_path(CEEMS_TEST_DATA, name);
    const auto expected = base::read_file(base::replace_all(path, ".csv", ".expected"));
    ASSERT_TRUE(expected) << name;
    EXPECT_EQ(describe(parse_owid(base::read_file(path).value())), *expected) << name;
  }
  EXPECT_GT(cases, 0);
}

TEST(OwidTest, KnowsMostCountries) {
  const FactorTable& table = built_in_owid_table();
  EXPECT_GT(table.size(), 200U);
  EXPECT_TRUE(std::ranges::is_sorted(table, {}, &EmissionFactor::country_code));
  for (const EmissionFactor& factor : table) {
    EXPECT_EQ(factor.country_code.size(), 2U) << factor.country;
    EXPECT_GT(factor.grams_per_kwh, 0) << factor.country;
    EXPECT_LE(factor.grams_per_kwh, 1500) << factor.country;
    EXPECT_EQ(factor.provider, "owid");
    EXPECT_EQ(factor.provider_name, "OWID");
  }
}

TEST(OwidTest, FindsACountryByItsTwoLetterCode) {
  ASSERT_TRUE(find_owid_factor("FR"));
  EXPECT_EQ(find_owid_factor("FR")->country, "France");
  EXPECT_FALSE(find_owid_factor("FRA"));
  EXPECT_FALSE(find_owid_factor(""));
}

TEST(OwidTest, ReadsATableFromAFile) {
  const auto provider = make_owid_provider(base::join_path(CEEMS_TEST_DATA, "years-in-any-order.csv"));
  ASSERT_TRUE(provider);
  EXPECT_EQ((*provider)->factors()->size(), 2U);
}

TEST(OwidTest, NamesTheFileAndTheLineInErrors) {
  const std::string path = base::join_path(CEEMS_TEST_DATA, "ragged.csv");
  EXPECT_EQ(make_owid_provider(path).error().text(), path + ", line 2: 3 fields instead of 4");
  EXPECT_EQ(make_owid_provider("/nonexistent").error().code, base::ErrorCode::kNotFound);
}

}  // namespace
}  // namespace ceems::grid
