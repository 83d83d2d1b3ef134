#include "collector/ipmi.h"

#include "collector/golden_test.h"
#include "power/fake_bmc_test.h"

#include <algorithm>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ceems::collector {
namespace {

using power::FakeBmc;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::chrono::milliseconds kQuick{1};

std::unique_ptr<Collector> collector_of(FakeBmc bmc, const NodeContext& node) {
  return make_ipmi_collector(node,
                             power::IpmiMeter(std::make_unique<FakeBmc>(std::move(bmc)), {}, "", false,
                                              {.power_and_energy = true, .temperature = true, .numbers = {}}),
                             kQuick);
}

FakeBmc plain_bmc() {
  return FakeBmc(base::read_file(CEEMS_SOURCE_DIR "/tests/data/power/ipmi/plain.answers").value());
}

// The page, once it holds `text`.
std::string page_with(Collector& collector, std::string_view text) {
  for (;;) {
    std::string page = collect_page(collector);
    if (page.find(text) != std::string::npos) return page;
    std::this_thread::sleep_for(kQuick);
  }
}

std::string without_health(const std::string& page) {
  std::string kept;
  std::string_view rest = page;
  std::string_view line;
  while (base::next_line(rest, line)) {
    if (line.find("ceems_exporter_source") == std::string_view::npos) kept += std::string(line) + "\n";
  }
  return kept;
}

TEST(IpmiCollectorTest, PrintsThePage) {
  const auto collector = collector_of(plain_bmc(), {.hostname = "n1"});
  EXPECT_EQ(without_health(page_with(*collector, "ceems_ipmi")), test_file("ipmi/plain.prom"));
  collector->stop();
}

TEST(IpmiCollectorTest, TellsAgeErrorsAndTimeOfTheReading) {
  const auto collector = collector_of(plain_bmc(), {.hostname = "n1"});
  const std::string page = page_with(*collector, "ceems_ipmi");
  for (const char* name : {"age_seconds", "errors_total", "last_success_timestamp_seconds", "readings_total"})
    EXPECT_THAT(page, HasSubstr("\nceems_exporter_source_" + std::string(name) + "{source=\"ipmi\"} "));
  collector->stop();
  EXPECT_FALSE(collector->left_thread_behind());
}

TEST(IpmiCollectorTest, AddsFormerNamesIfAsked) {
  const auto collector = collector_of(plain_bmc(), {.hostname = "n1", .legacy_metric_names = true});
  EXPECT_THAT(page_with(*collector, "ceems_ipmi"),
              HasSubstr("\nceems_ipmi_dcmi_current_watts{hostname=\"n1\"} 210\n"));
  collector->stop();
}

TEST(IpmiCollectorTest, ShowsErrorsWhenTheBmcRefuses) {
  const auto collector = collector_of(FakeBmc(""), {.hostname = "n1"});
  EXPECT_THAT(page_with(*collector, "errors_total{source=\"ipmi\"} 1"), Not(HasSubstr("ceems_ipmi_dcmi")));
  EXPECT_FALSE(collector->outcomes()[0].success);
  collector->stop();
}

TEST(IpmiCollectorTest, SucceedsWithAFreshReadingOnly) {
  const auto collector = collector_of(plain_bmc(), {.hostname = "n1"});
  page_with(*collector, "ceems_ipmi");
  EXPECT_TRUE(collector->outcomes()[0].success);
  collector->stop();
}

TEST(IpmiCollectorTest, HasNoErrorsWithoutABmc) {
  const auto collector =
      make_ipmi_collector({}, {.device_directory = "/nonexistent", .search_path = "/nonexistent"}).value();
  EXPECT_THAT(page_with(*collector, "errors_total"), HasSubstr("errors_total{source=\"ipmi\"} 0\n"));
  EXPECT_FALSE(collector->outcomes()[0].success);
  collector->stop();
}

TEST(IpmiCollectorTest, RunsTheCommandThatIsGiven) {
  const auto collector =
      make_ipmi_collector(
          {.hostname = "n1"},
          {.command = "/bin/echo 'Power Measurement : Active\nCurrent Power : 9 Watts'", .test_mode = true})
          .value();
  EXPECT_THAT(page_with(*collector, "ceems_ipmi"),
              HasSubstr("ceems_ipmi_dcmi_power_current_watts{hostname=\"n1\"} 9\n"));
  collector->stop();
}

TEST(IpmiCollectorTest, AsksForTheCapabilitiesThatItsWayNeeds) {
  const auto count = [](const IpmiOptions& options) {
    return make_ipmi_collector({}, options).value()->capabilities().size();
  };
  EXPECT_EQ(count({.force_native = true}), 1U);
  EXPECT_EQ(count({.command = "/bin/true"}), 3U);
  EXPECT_EQ(count({.command = "/bin/true", .test_mode = true}), 0U);
}

TEST(IpmiCollectorTest, RefusesWrongOptions) {
  EXPECT_FALSE(make_ipmi_collector({}, {.device_number = -1}));
  EXPECT_FALSE(make_ipmi_collector({}, {.sensors = {"256"}}));
  EXPECT_FALSE(make_ipmi_collector({}, {.command = "'"}));
}

TEST(IpmiCollectorTest, DeclaresTheFamiliesThatItEmits) {
  const auto collector = collector_of(plain_bmc(), {.hostname = "n1", .legacy_metric_names = true});
  page_with(*collector, "ceems_ipmi");
  expect_declared(*collector);
  collector->stop();
}

}  // namespace
}  // namespace ceems::collector
