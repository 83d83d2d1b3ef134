#include "rules/updater_queries.h"

#include "base/file.h"
#include "base/text.h"

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::rules {
namespace {

// A template as the API server would send it for these units and a window of 15 minutes.
std::string instantiate(std::string query, std::string_view uuids, std::string_view step_ms) {
  const std::vector<std::pair<std::string_view, std::string_view>> variables{
      {"{{.UUIDs}}", uuids},
      {"{{.Range}}", "15m0s"},
      {"{{.RangeOpen}}", "899999ms"},
      {"{{.EvaluationIntervalMilli}}", step_ms}};
  for (const auto& [name, value] : variables)
    query = base::replace_all(std::move(query), name, value);
  return query;
}

TEST(UpdaterQueries, EveryMetricOfTheApiServerHasQueries) {
  const QueryTemplates templates = default_updater_queries();
  EXPECT_EQ(templates.size(), 12U);
  for (const auto& [metric, queries] : templates) {
    EXPECT_FALSE(queries.empty()) << metric;
    for (const auto& [name, query] : queries) {
      EXPECT_NE(query.find("uuid=~`{{.UUIDs}}`"), std::string::npos) << metric << '.' << name;
      EXPECT_EQ(instantiate(query, "u", "1").find("{{"), std::string::npos) << metric << '.' << name;
    }
  }
}

TEST(UpdaterQueries, EmissionsHaveOneQueryPerProvider) {
  const std::vector<std::string_view> providers{"owid", "global"};
  const QueryTemplates templates = default_updater_queries(providers);
  for (const std::string metric : {"total_cpu_emissions_gms", "total_gpu_emissions_gms"}) {
    const auto& queries = templates.at(metric);
    ASSERT_EQ(queries.size(), 2U);
    EXPECT_NE(queries.at("owid_total").find("provider=\"owid\""), std::string::npos);
    EXPECT_NE(queries.at("global_total").find("provider=\"global\""), std::string::npos);
  }
}

TEST(UpdaterQueries, EqualTheCheckedInYaml) {
  const auto expected = base::read_file(base::join_path(CEEMS_TEST_DATA, "updater-queries.yml"));
  ASSERT_TRUE(expected) << expected.error().text();
  EXPECT_EQ(updater_queries_yaml(default_updater_queries()), *expected);
}

// The values that they must have stand in a test for promtool, which has the queries instantiated.
TEST(UpdaterQueries, AreWhatThePromtoolTestEvaluates) {
  const auto test =
      base::read_file(base::join_path(CEEMS_SOURCE_DIR, "tests/rules/updater-queries.test.yaml"));
  ASSERT_TRUE(test) << test.error().text();
  const QueryTemplates templates = default_updater_queries();
  const std::vector<std::pair<std::string, std::string>> evaluated{{"avg_cpu_usage", "global"},
                                                                   {"avg_cpu_mem_usage", "global"},
                                                                   {"total_cpu_energy_usage_kwh", "total"},
                                                                   {"total_cpu_emissions_gms", "owid_total"},
                                                                   {"avg_gpu_usage", "global"},
                                                                   {"total_io_read_stats", "bytes_total"}};
  for (const auto& [metric, name] : evaluated) {
    const std::string query = instantiate(templates.at(metric).at(name), "one|two|three", "15000");
    EXPECT_NE(test->find("- expr: '" + query + "'"), std::string::npos) << metric << '.' << name << ":\n"
                                                                        << query;
  }
}

TEST(UpdaterQueries, CanBeOfExistingSeriesOnly) {
  EXPECT_EQ(updater_series().size(), 16U);
  constexpr std::array<std::string_view, 1> kProviders{"wt"};
  const auto some = only_existing(default_updater_queries(kProviders),
                                  {"uuid:ceems_host_emissions_g_s:pue", "ceems_ebpf_write_bytes_total"});
  EXPECT_EQ(some.at("total_cpu_emissions_gms").size(), 1U);
  EXPECT_TRUE(some.at("total_cpu_emissions_gms").contains("wt_total"));
  EXPECT_EQ(some.at("total_io_write_stats").size(), 1U);
  EXPECT_TRUE(some.at("avg_gpu_usage").empty());
  EXPECT_NE(updater_queries_yaml(some).find("  avg_gpu_usage: {}\n"), std::string::npos);
}

}  // namespace
}  // namespace ceems::rules
