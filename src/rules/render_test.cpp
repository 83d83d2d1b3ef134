#include "rules/render.h"

#include "base/file.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::rules {
namespace {

using namespace std::chrono_literals;

// A directory of rule files and the options that they are rendered with.
struct Case {
  std::string name;
  std::string directory;
  RuleOptions options;
};

void PrintTo(const Case& test, std::ostream* out) {
  *out << test.name;
}

std::string data(const std::string& name) {
  return base::join_path(CEEMS_TEST_DATA, name);
}

std::vector<Case> cases() {
  RuleOptions fast;
  fast.rate_window = 4s;
  fast.evaluation_interval = 1s;

  RuleOptions france;
  france.pue = 1.2;
  france = *with_emissions(france, {.country_code = "FR", .sources = {}});

  RuleOptions factor;
  factor.pue = 1.5;
  factor.emission_factor = 50;
  factor.power_sources = {PowerSource::kPowerModel};

  RuleOptions gpu_inside;
  gpu_inside.pue = 1.2;
  gpu_inside.misc_fraction = 0.2;
  gpu_inside.gpu_in_host_power = true;
  gpu_inside.power_sources = {PowerSource::kRedfish, PowerSource::kIpmi, PowerSource::kHwmon};
  gpu_inside.redfish_chassis = {"Sled.1", "Sled.2"};
  gpu_inside.hwmon_meters = {"ina226/power1", "pmbus"};
  RuleOptions one_job;
  one_job.job = "compute \"nodes\"";
  one_job.host_labels = {"ceems_id"};
  one_job.rate_window = 2min;
  one_job.evaluation_interval = 30s;

  return {{"Shipped", base::join_path(CEEMS_SOURCE_DIR, "deploy/prometheus/rules"), {}},
          {"FastScrapes", data("fast"), fast},
          {"FranceWithPue", data("france"), france},
          {"FixedFactorAndModelOnly", data("factor"), factor},
          {"GpusInsideOfChosenMeters", data("gpu-inside"), gpu_inside},
          {"OneJobOfOneCluster", data("one-job"), one_job}};
}

class RenderedRules : public testing::TestWithParam<Case> {};

TEST_P(RenderedRules, EqualTheCheckedInFiles) {
  const auto rendered = render_rules(GetParam().options);
  ASSERT_TRUE(rendered) << rendered.error().text();
  std::vector<std::string> names;
  for (const RenderedFile& file : *rendered) {
    names.push_back(file.name);
    const auto expected = base::read_file(base::join_path(GetParam().directory, file.name));
    ASSERT_TRUE(expected) << expected.error().text();
    EXPECT_EQ(file.text, *expected) << file.name;
  }
  const auto listed = base::list_directory(GetParam().directory);
  ASSERT_TRUE(listed) << listed.error().text();
  std::ranges::sort(names);
  EXPECT_EQ(names, *listed);
}

INSTANTIATE_TEST_SUITE_P(Cases, RenderedRules, testing::ValuesIn(cases()),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace ceems::rules
