#include "rules/options.h"

#include "rules/render.h"

#include <cmath>
#include <functional>
#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace ceems::rules {
namespace {

struct BadOption {
  std::string name;
  std::function<void(RuleOptions&)> spoil;
  std::string subject;
};

void PrintTo(const BadOption& bad, std::ostream* out) {
  *out << bad.name;
}

class BadOptions : public testing::TestWithParam<BadOption> {};

TEST_P(BadOptions, AreRefusedByName) {
  RuleOptions options;
  GetParam().spoil(options);
  const auto rendered = render_rules(options);
  ASSERT_FALSE(rendered);
  EXPECT_EQ(rendered.error().code, base::ErrorCode::kInvalid);
  EXPECT_EQ(rendered.error().subject, GetParam().subject);
}

using std::chrono::milliseconds;

INSTANTIATE_TEST_SUITE_P(
    Each, BadOptions,
    testing::Values(
        BadOption{"PueZero", [](RuleOptions& o) { o.pue = 0; }, "pue"},
        BadOption{"PueNotANumber", [](RuleOptions& o) { o.pue = std::nan(""); }, "pue"},
        BadOption{"PueInfinite", [](RuleOptions& o) { o.pue = std::numeric_limits<double>::infinity(); },
                  "pue"},
        BadOption{"RateZero", [](RuleOptions& o) { o.rate_window = milliseconds(0); }, "rate window"},
        BadOption{"EvaluationNegative", [](RuleOptions& o) { o.evaluation_interval = milliseconds(-1); },
                  "evaluation interval"},
        BadOption{"FactorNegative", [](RuleOptions& o) { o.emission_factor = -1; }, "emission factor"},
        BadOption{"ProviderWithQuote", [](RuleOptions& o) { o.emission_sources = {{"a\"b", "FR"}}; },
                  "emission provider"},
        BadOption{"CountryEmpty", [](RuleOptions& o) { o.emission_sources = {{"owid", ""}}; },
                  "country code"},
        BadOption{"ProviderOfTwoPlaces",
                  [](RuleOptions& o) { o.emission_sources = {{"emaps", "FR"}, {"emaps", "DE"}}; },
                  "emission provider"},
        BadOption{"HostLabelThatIsNoLabel", [](RuleOptions& o) { o.host_labels = {"a-b"}; }, "host label"},
        BadOption{"HostLabelThatIsThereAnyway", [](RuleOptions& o) { o.host_labels = {"instance"}; },
                  "host label"},
        BadOption{"MiscFractionOne", [](RuleOptions& o) { o.misc_fraction = 1; }, "misc fraction"},
        BadOption{"ChassisEmpty", [](RuleOptions& o) { o.redfish_chassis = {""}; }, "chassis or meter"},
        BadOption{"MeterWithLineEnd", [](RuleOptions& o) { o.hwmon_meters = {"a\nb"}; }, "chassis or meter"},
        BadOption{"GpuJobNotUtf8", [](RuleOptions& o) { o.gpu_job = "\xff"; }, "GPU job"},
        BadOption{"JobWithLineEnd", [](RuleOptions& o) { o.job = "a\nb"; }, "job"},
        BadOption{"JobNotUtf8", [](RuleOptions& o) { o.job = "\xff"; }, "job"}),
    [](const auto& instance) { return instance.param.name; });

TEST(RuleOptions, DefaultsAreFine) {
  EXPECT_TRUE(check_options(RuleOptions{}));
}

TEST(RuleOptions, ZonesAndRegionsAreCountryCodes) {
  RuleOptions options;
  options.emission_sources = {{"emaps", "US-CAL-CISO"}, {"wt", "CAISO_NORTH"}};
  EXPECT_TRUE(check_options(options));
}

TEST(PowerSource, NamesParseBack) {
  for (const PowerSource source : all_power_sources()) {
    const auto parsed = parse_power_source(power_source_name(source));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(*parsed, source);
  }
  EXPECT_FALSE(parse_power_source("psys"));
}

TEST(EmissionChoice, NothingChosenIsTheWorld) {
  const auto options = with_emissions({}, {});
  ASSERT_TRUE(options);
  ASSERT_EQ(options->emission_sources.size(), 1U);
  EXPECT_EQ(options->emission_sources[0].provider, "global");
  EXPECT_EQ(options->emission_sources[0].country_code, "ZZ");
}

TEST(EmissionChoice, ACountryBringsItsProvidersAndTheWorld) {
  const auto options = with_emissions({}, {.country_code = "fr", .sources = {}});
  ASSERT_TRUE(options);
  ASSERT_EQ(options->emission_sources.size(), 5U);
  EXPECT_EQ(options->emission_sources.front().country_code, "FR");
  EXPECT_EQ(options->emission_sources.back().provider, "global");
}

TEST(EmissionChoice, SourcesAreProviderAndCode) {
  const auto options = with_emissions({}, {.country_code = "", .sources = {"emaps/US-CAL-CISO", "owid/de"}});
  ASSERT_TRUE(options);
  ASSERT_EQ(options->emission_sources.size(), 2U);
  EXPECT_EQ(options->emission_sources[0].provider, "emaps");
  EXPECT_EQ(options->emission_sources[0].country_code, "US-CAL-CISO");
  EXPECT_EQ(options->emission_sources[1].country_code, "DE");
  EXPECT_FALSE(with_emissions({}, {.country_code = "", .sources = {"owid"}}));
}

TEST(EmissionChoice, OnlyOneIsPossible) {
  EXPECT_FALSE(with_emissions({}, {.country_code = "FR", .sources = {}, .factor = 50}));
  EXPECT_FALSE(with_emissions({}, {.country_code = "FR", .sources = {"owid/FR"}}));
  EXPECT_FALSE(with_emissions({}, {.country_code = "", .sources = {"owid/FR"}, .factor = 50}));
}

TEST(EmissionChoice, ANegativeFactorIsNotTakenForNone) {
  const auto options = with_emissions({}, {.country_code = "", .sources = {}, .factor = -1});
  ASSERT_TRUE(options);
  EXPECT_FALSE(check_options(*options));
}

}  // namespace
}  // namespace ceems::rules
