#include "collector/redfish.h"

#include "collector/golden_test.h"
#include "power/fake_redfish_test.h"
#include "power/fake_tree_test.h"

#include <algorithm>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ceems::collector {
namespace {

using power::FakeRedfish;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::chrono::milliseconds kQuick{1};

FakeRedfish::State service_of(const std::string& vendor) {
  return FakeRedfish::from_text(
      base::read_file(CEEMS_SOURCE_DIR "/tests/data/power/redfish/" + vendor + "/pages.txt").value());
}

std::unique_ptr<Collector> collector_of(FakeRedfish::State& state, const NodeContext& node) {
  power::RedfishMeterOptions options;
  options.config.host = "bmc";
  options.config.username = "monitor";
  return make_redfish_collector(
      node, std::make_shared<power::RedfishMeter>(std::move(options), std::make_unique<FakeRedfish>(state)),
      kQuick);
}

// The page, once it holds `text`.
std::string page_with(Collector& collector, std::string_view text) {
  for (;;) {
    std::string page = collect_page(collector);
    if (page.find(text) != std::string::npos) return page;
    std::this_thread::sleep_for(kQuick);
  }
}

std::string own_samples(std::string_view page) {
  std::string kept;
  std::string_view line;
  while (base::next_line(page, line)) {
    if (line.starts_with("ceems_redfish")) kept += std::string(line) + "\n";
  }
  return kept;
}

TEST(RedfishCollectorTest, PrintsThePageOfSeveralChassis) {
  auto state = service_of("nvidia-hgx");
  const auto collector = collector_of(state, {.hostname = "n1"});
  EXPECT_EQ(own_samples(page_with(*collector, "ceems_redfish")), test_file("redfish/nvidia-hgx.prom"));
  EXPECT_TRUE(collector->outcomes()[0].success);
  collector->stop();
  EXPECT_EQ(state.logouts, 1) << "no session stays behind";
}

TEST(RedfishCollectorTest, AddsFormerNamesIfAsked) {
  auto state = service_of("hpe-ilo5");
  const auto collector = collector_of(state, {.hostname = "n1", .legacy_metric_names = true});
  const std::string page = page_with(*collector, "ceems_redfish");
  EXPECT_THAT(page, HasSubstr("\nceems_redfish_current_watts{chassis=\"1\",hostname=\"n1\"} 165\n"));
  EXPECT_THAT(page, HasSubstr("\nceems_redfish_avg_watts{chassis=\"1\",hostname=\"n1\"} 167\n"));
  collector->stop();
}

TEST(RedfishCollectorTest, ShowsErrorsOfAServiceThatRefuses) {
  auto state = service_of("hpe-ilo5");
  state.lets_in = false;
  const auto collector = collector_of(state, {.hostname = "n1"});
  EXPECT_THAT(page_with(*collector, "errors_total{source=\"redfish\"} 1"), Not(HasSubstr("ceems_redfish")));
  EXPECT_FALSE(collector->outcomes()[0].success);
  collector->stop();
}

TEST(RedfishCollectorTest, SucceedsWithTheChassisThatCanBeRead) {
  auto state = service_of("nvidia-hgx");
  state.pages["/redfish/v1/Chassis/HGX_GPU_SXM_1/EnvironmentMetrics"] = "{\"PowerWatts\":{\"Reading\":-1}}";
  const auto collector = collector_of(state, {.hostname = "n1"});
  EXPECT_THAT(page_with(*collector, "ceems_redfish"), Not(HasSubstr("HGX_GPU_SXM_1")));
  EXPECT_TRUE(collector->outcomes()[0].success);
  collector->stop();
}

TEST(RedfishCollectorTest, NeedsPrivilegesOnlyToAskWhereTheBmcIs) {
  const power::FakeTree tree(
      "== named.yml = redfish_collector: {hostname: bmc}\n== open.yml = redfish_collector: {protocol: "
      "https}\n");
  const auto count = [&](const char* file) {
    return make_redfish_collector({}, {.config_file = tree.path(file), .device_directory = "/nonexistent"})
        .value()
        ->capabilities()
        .size();
  };
  EXPECT_EQ(count("named.yml"), 0U);
  EXPECT_EQ(count("open.yml"), 1U);
}

TEST(RedfishCollectorTest, SaysSoIfTheBmcCannotBeFound) {
  const power::FakeTree tree("== open.yml = redfish_collector: {protocol: https}\n");
  const auto collector = make_redfish_collector(
      {.hostname = "n1"}, {.config_file = tree.path("open.yml"), .device_directory = "/nonexistent"});
  EXPECT_THAT(page_with(**collector, "errors_total"), HasSubstr("errors_total{source=\"redfish\"}"));
  EXPECT_FALSE((*collector)->outcomes()[0].success);
  (*collector)->stop();
}

TEST(RedfishCollectorTest, RefusesFilesThatCannotBeUsed) {
  EXPECT_FALSE(make_redfish_collector({}, {}));
  EXPECT_FALSE(make_redfish_collector({}, {.config_file = "/nonexistent"}));
}

TEST(RedfishCollectorTest, DeclaresTheFamiliesThatItEmits) {
  auto state = service_of("dell-idrac9");
  const auto collector = collector_of(state, {.hostname = "n1", .legacy_metric_names = true});
  page_with(*collector, "ceems_redfish");
  expect_declared(*collector);
  collector->stop();
}

}  // namespace
}  // namespace ceems::collector
