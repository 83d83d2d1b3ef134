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
        BadOption{"RateZero", [](RuleOptions& o) { o.rate_interval = milliseconds(0); }, "rate interval"},
        BadOption{"EvaluationNegative", [](RuleOptions& o) { o.evaluation_interval = milliseconds(-1); },
                  "evaluation interval"},
        BadOption{"FactorNegative", [](RuleOptions& o) { o.emission_factor = -1; }, "emission factor"},
        BadOption{"ProviderWithQuote", [](RuleOptions& o) { o.emission_sources = {{"a\"b", "FR"}}; },
                  "emission provider"},
        BadOption{"CountryEmpty", [](RuleOptions& o) { o.emission_sources = {{"owid", ""}}; },
                  "country code"},
        BadOption{"HostLabelThatIsNoLabel", [](RuleOptions& o) { o.host_labels = {"a-b"}; }, "host label"},
        BadOption{"HostLabelThatIsThereAnyway", [](RuleOptions& o) { o.host_labels = {"instance"}; },
                  "host label"},
        BadOption{"JobWithLineEnd", [](RuleOptions& o) { o.job = "a\nb"; }, "job"},
        BadOption{"JobNotUtf8", [](RuleOptions& o) { o.job = "\xff"; }, "job"}),
    [](const auto& info) { return info.param.name; });

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

TEST(EmissionSources, OfACountryIncludeTheWorld) {
  const auto sources = emission_sources_of_country("FR");
  ASSERT_FALSE(sources.empty());
  EXPECT_EQ(sources.front().country_code, "FR");
  EXPECT_EQ(sources.back().provider, "global");
  EXPECT_EQ(sources.back().country_code, "ZZ");
}

}  // namespace
}  // namespace ceems::rules
