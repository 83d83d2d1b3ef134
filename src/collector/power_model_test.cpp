#include "collector/power_model.h"

#include "collector/golden_test.h"
#include "power/energy_estimate.h"
#include "power/fake_tree_test.h"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ceems::collector {
namespace {

using namespace std::chrono_literals;
using power::FakeTree;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::string_view kMachine =
    "== stat\ncpu 100 0 0 100\ncpu0 50 0 0 50\ncpu1 50 0 0 50\n"
    "== cpuinfo\nprocessor : 0\nvendor_id : AuthenticAMD\ncpu family : 25\nmodel : 1\nmodel name : AMD EPYC\n"
    "flags : hypervisor\nprocessor : 1\n";

NodeContext node(const FakeTree& tree) {
  return {.procfs = tree.root(), .hostname = "n1"};
}

std::string samples(const FakeTree& tree, const PowerModelOptions& options) {
  const auto collector = make_power_model_collector(node(tree), options);
  return collector ? samples_only(collect_page(**collector)) : "error: " + collector.error().text();
}

TEST(PowerModelCollectorTest, SaysWhichModelTheEstimateComesFrom) {
  const FakeTree tree(kMachine);
  EXPECT_THAT(samples(tree, {}),
              StartsWith("ceems_estimated_energy_joules_total{domain=\"package\",hostname=\"n1\","
                         "model=\"linear:AMD EPYC 3rd Gen\"} "));
  EXPECT_THAT(samples(tree, {.idle_watts = 1, .max_watts = 2}), HasSubstr("model=\"linear:flags\""));
}

TEST(PowerModelCollectorTest, ShowsPowerAfterAnInterval) {
  const FakeTree tree(kMachine);
  const auto collector = make_power_model_collector(node(tree), {.idle_watts = 10, .max_watts = 110}).value();
  EXPECT_THAT(collect_page(*collector), Not(HasSubstr("_watts{")));
  std::this_thread::sleep_for(power::EnergyEstimate::kShortestInterval);
  tree.write("stat", "cpu 150 0 0 150\ncpu0 75 0 0 75\n");
  EXPECT_THAT(collect_page(*collector), HasSubstr("model=\"linear:flags\"} 60\n"));
}

TEST(PowerModelCollectorTest, IsSilentBesideAMeter) {
  const FakeTree tree(kMachine);
  bool meter = true;
  const auto collector =
      make_power_model_collector(node(tree), {.meter_present = [&] { return meter; }}).value();
  EXPECT_EQ(collect_page(*collector), "");
  meter = false;
  EXPECT_THAT(collect_page(*collector), HasSubstr("ceems_estimated_energy_joules_total"));
  meter = true;
  EXPECT_EQ(collect_page(*collector), "");
}

TEST(PowerModelCollectorTest, SpeaksBesideAMeterIfAsked) {
  const FakeTree tree(kMachine);
  EXPECT_THAT(samples(tree, {.beside_meter = true, .meter_present = [] { return true; }}),
              HasSubstr("ceems_estimated_energy_joules_total"));
}

TEST(PowerModelCollectorTest, TakesTheAveragesForAProcessorThatCannotBeRead) {
  const FakeTree tree("== stat\ncpu 1 2 3 4\ncpu0 1 2 3 4\n");
  EXPECT_THAT(samples(tree, {}), HasSubstr("model=\"linear:unknown processor\""));
}

TEST(PowerModelCollectorTest, RefusesWattsThatAreNoRange) {
  const FakeTree tree(kMachine);
  EXPECT_EQ(samples(tree, {.idle_watts = 5, .max_watts = 2}),
            "error: power model: 5 W when idle and 2 W under full load are no range of power");
}

TEST(PowerModelCollectorTest, FailsWithoutStatAndRecovers) {
  const FakeTree tree(kMachine);
  tree.remove("stat");
  const auto collector = make_power_model_collector(node(tree), {}).value();
  EXPECT_THAT(collect_page(*collector), StartsWith("error: "));
  tree.write("stat", "cpu 1 2 3 4\n");
  EXPECT_THAT(collect_page(*collector), HasSubstr("ceems_estimated_energy_joules_total"));
}

TEST(PowerModelCollectorTest, LooksInTheBackgroundUntilItIsStopped) {
  const FakeTree tree(kMachine);
  const auto collector = make_power_model_collector(node(tree), {.tick = 1ms}).value();
  (void)collect_page(*collector);
  collector->stop();
  EXPECT_THAT(collect_page(*collector), HasSubstr("ceems_estimated_energy_joules_total"));
}

}  // namespace
}  // namespace ceems::collector
