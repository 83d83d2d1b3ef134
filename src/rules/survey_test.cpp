#include "rules/survey.h"

#include "rules/job_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ceems::rules {
namespace {

using ::testing::ElementsAre;

TEST(HostOf, LeavesThePortOut) {
  EXPECT_EQ(host_of("node7:9400"), "node7");
  EXPECT_EQ(host_of("node7"), "node7");
  EXPECT_EQ(host_of("[::1]:9400"), "[::1]");
  EXPECT_EQ(host_of("node7:http"), "node7:http");
  EXPECT_EQ(host_of(""), "");
  EXPECT_EQ(host_of(":9400"), ":9400");
}

TEST(Survey, KnowsTheMetersOfEachJobBestFirst) {
  const std::vector<SeenSeries> seen{
      {.metric = "ceems_rapl_package_joules_total", .job = "b", .instance = "n1:9010"},
      {.metric = "ceems_estimated_energy_joules_total", .job = "b", .instance = "n2:9010"},
      {.metric = "ceems_redfish_power_current_watts", .job = "b", .instance = "n1:9010", .chassis = "Self"},
      {.metric = "ceems_redfish_current_watts", .job = "b", .instance = "n2:9010", .chassis = "Sled"},
      {.metric = "ceems_rapl_package_0_die_1_joules_total", .job = "a", .instance = "n3:9010"},
      {.metric = "ceems_hwmon_power_avg_watts",
       .job = "a",
       .instance = "n3:9010",
       .chip_name = "power_meter"},
      {.metric = "ceems_compute_unit_gpu_index_flag", .job = "no meter", .instance = "n4:9010"},
      {.metric = "ceems_ebpf_write_bytes_total", .job = "a", .instance = "n3:9010"},
      {.metric = "ceems_ebpf_egress_bytes_total", .job = "b", .instance = "n1:9010"},
      {.metric = "ceems_rapl_package_joules_total", .job = "", .instance = "n5:9010"}};
  const Survey survey = make_survey(seen);
  ASSERT_EQ(survey.jobs.size(), 2U);
  EXPECT_EQ(survey.jobs[0].name, "b");
  EXPECT_THAT(survey.jobs[0].power_sources,
              ElementsAre(PowerSource::kRedfish, PowerSource::kRapl, PowerSource::kPowerModel));
  EXPECT_FALSE(survey.jobs[0].io);
  EXPECT_TRUE(survey.jobs[0].network);
  EXPECT_TRUE(survey.jobs[1].io);
  EXPECT_THAT(survey.jobs[0].chassis, ElementsAre("Self", "Sled"));
  EXPECT_THAT(survey.jobs[1].power_sources, ElementsAre(PowerSource::kHwmon, PowerSource::kRapl));
  EXPECT_THAT(survey.jobs[1].hwmon_chips, ElementsAre("power_meter"));
}

TEST(Survey, TakesNoMeterOfAPartForOneOfTheNode) {
  const std::vector<SeenSeries> seen{
      {.metric = "ceems_hwmon_power_avg_watts", .job = "a", .instance = "n", .chip_name = "amdgpu"},
      {.metric = "ceems_hwmon_power_avg_watts", .job = "b", .instance = "m", .chip_name = "aem1"},
      {.metric = "ceems_hwmon_power_avg_watts", .job = "b", .instance = "m", .chip_name = "aem"}};
  const Survey survey = make_survey(seen);
  ASSERT_EQ(survey.jobs.size(), 2U);
  EXPECT_TRUE(survey.jobs[0].power_sources.empty());
  EXPECT_THAT(survey.jobs[0].hwmon_chips, ElementsAre("amdgpu"));
  EXPECT_THAT(survey.jobs[1].power_sources, ElementsAre(PowerSource::kHwmon));
}

TEST(Survey, PairsJobsWithTheExportersOfTheirGpusByHost) {
  const auto meter = [](const char* job) {
    return SeenSeries{.metric = "ceems_rapl_package_joules_total", .job = job, .instance = "x:1"};
  };
  const std::vector<SeenSeries> seen{
      meter("a"),
      meter("b"),
      meter("c"),
      {.metric = "ceems_compute_unit_gpu_index_flag", .job = "a", .instance = "n1:9010"},
      {.metric = "ceems_compute_unit_gpu_index_flag", .job = "b", .instance = "n2:9010"},
      {.metric = "DCGM_FI_DEV_POWER_USAGE", .job = "dcgm", .instance = "n1:9400"},
      {.metric = "DCGM_FI_DEV_POWER_USAGE", .job = "dcgm", .instance = "n2:9400"},
      {.metric = "site_gpu_package_power", .job = "amd", .instance = "n2:5000"},
      {.metric = "DCGM_FI_DEV_POWER_USAGE_INSTANT", .job = "elsewhere", .instance = "n9:9400"}};
  std::string pairs;
  for (const GpuPair& pair : make_survey(seen).gpu_pairs())
    pairs += pair.job + "/" + pair.gpu_job + " ";
  EXPECT_EQ(pairs, "a/dcgm b/dcgm b/amd ");
}

TEST(Survey, KnowsWhoTellsFactorsOfWhat) {
  const std::vector<SeenSeries> seen{
      {.metric = "ceems_emissions_gCo2_kWh", .job = "a", .provider = "rte", .country_code = "FR"},
      {.metric = "ceems_emissions_gCo2_kWh", .job = "b", .provider = "rte", .country_code = "FR"},
      {.metric = "ceems_emissions_gCo2_kWh", .job = "a", .provider = "emaps", .country_code = "US-CAL-CISO"},
      {.metric = "ceems_emissions_gCo2_kWh", .job = "a", .provider = "", .country_code = "FR"}};
  std::string sources;
  for (const EmissionSource& source : make_survey(seen).emission_sources)
    sources += source.provider + "/" + source.country_code + " ";
  EXPECT_EQ(sources, "emaps/US-CAL-CISO rte/FR ");
}

TEST(JobFiles, HaveNamesThatAreNoPaths) {
  EXPECT_EQ(file_name_of("ceems"), "ceems");
  EXPECT_EQ(file_name_of("a/b \"c\""), "a_b__c_");
  EXPECT_EQ(file_name_of("../x"), "_._x");
}

TEST(JobFiles, NeedAJob) {
  EXPECT_FALSE(render_job_rules({}, {}));
  RuleOptions options;
  options.job = "a";
  EXPECT_FALSE(render_gpu_job_rules(options, {}));
}

TEST(JobFiles, HaveAGroupOfUnitsAndOneOfTheJob) {
  RuleOptions options;
  options.job = "a b";
  options.gpu_job = "dcgm";
  options.power_sources = {PowerSource::kIpmi};
  const auto file = render_job_rules(options, {.io = true, .network = false});
  ASSERT_TRUE(file);
  EXPECT_EQ(file->name, "a_b.rules");
  for (const char* text :
       {"- name: compute-unit-rules-a_b\n    rules:", "- name: host-agg-rules-a_b\n    interval: 1m\n",
        "uuid:ceems_cpu_usage:ratio_irate", "source: \"ipmi\"", "uuid:ceems_host_emissions_g_s:pue",
        "job:ceems_host_power_watts:pue", "- name: compute-unit-io-rules-a_b\n",
        "- name: host-agg-io-rules-a_b\n    interval: 1m\n"})
    EXPECT_THAT(file->text, ::testing::HasSubstr(text));
  EXPECT_THAT(file->text, ::testing::Not(::testing::HasSubstr("source: \"rapl\"")));
  EXPECT_THAT(file->text, ::testing::Not(::testing::HasSubstr("network")));
  const auto gpus = render_gpu_job_rules(options, {.name_of_job = true, .units = true, .job = false});
  ASSERT_TRUE(gpus);
  EXPECT_EQ(gpus->name, "dcgm-a_b-gpu.rules");
  EXPECT_THAT(gpus->text, ::testing::Not(::testing::HasSubstr("job:ceems_gpu_power_watts:pue")));
}

}  // namespace
}  // namespace ceems::rules
