#include "store/pending.h"

#include "store/test_database.h"

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ceems::store {
namespace {

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kStart = 1'893'456'000'000;

PendingUnit pending_unit(const Unit& unit) {
  return {.key = {.uuid = unit.uuid, .started_at = unit.started_at},
          .project = unit.project,
          .username = unit.username,
          .times = unit.metrics[Metric::kTotalTimeSeconds]};
}

class Pending : public testing::Test {
 protected:
  TestDirectory directory_;
  std::unique_ptr<Writer> writer_ = open_writer(directory_.path());
};

WindowResult one_window_owing(std::vector<PendingQuery> queries) {
  Unit unit;
  unit.uuid = "a\"b";
  unit.started_at = "2030-01-01T00:00:00+0000";
  unit.username = "ann";
  unit.project = "bio";
  unit.metrics[Metric::kTotalTimeSeconds] = {{"alloc_cputime", 50}, {"walltime", 10}};
  WindowResult window;
  window.cluster_id = "hpc";
  window.start_ms = kStart;
  window.end_ms = kStart + kHourMs;
  window.units = {unit};
  window.pending = {{.cluster_id = "hpc",
                     .updater_id = "tsdb",
                     .window_end_ms = window.end_ms,
                     .range_start_ms = window.start_ms,
                     .range_end_ms = window.end_ms,
                     .manager = "docker",
                     .queries = std::move(queries),
                     .units = {pending_unit(unit)},
                     .next_attempt_ms = kStart + 5,
                     .reason = "answered 500"}};
  return window;
}

const PendingQuery kEnergy = {Metric::kTotalCpuEnergyUsageKwh, "total"};
const PendingQuery kUse = {Metric::kAvgCpuUsage, "global"};
// An average with a weight of its own.
const PendingQuery kOccupancy = {Metric::kAvgCustomStats, "occupancy"};
const MeanWeights kWeights(MeanWeights::ByName{{"occupancy", "alloc_gputime"}});

TEST_F(Pending, ComesBackAsItWasWritten) {
  const WindowResult window = one_window_owing({kEnergy, kUse});
  ASSERT_TRUE(writer_->commit_window(window));
  EXPECT_TRUE(writer_->due_windows(kStart + 4, 10)->empty());
  const auto due = writer_->due_windows(kStart + 5, 10);
  ASSERT_TRUE(due);
  ASSERT_EQ(due->size(), 1U);
  const PendingWindow& got = due->front();
  const PendingWindow& sent = window.pending.front();
  EXPECT_EQ(got.queries, sent.queries);
  ASSERT_EQ(got.units.size(), 1U);
  EXPECT_EQ(got.units[0].key, sent.units[0].key);
  EXPECT_EQ(got.units[0].times, sent.units[0].times);
  EXPECT_EQ(got.units[0].username, "ann");
  EXPECT_EQ(
      std::tie(got.cluster_id, got.updater_id, got.manager, got.reason, got.range_start_ms, got.range_end_ms),
      std::tie(sent.cluster_id, sent.updater_id, sent.manager, sent.reason, sent.range_start_ms,
               sent.range_end_ms));
  EXPECT_EQ(writer_->count_pending("hpc"), 1);
}

TEST_F(Pending, IsSettledOnce) {
  ASSERT_TRUE(writer_->commit_window(one_window_owing({kEnergy})));
  const PendingOutcome outcome = {.id = writer_->due_windows(kStart + 5, 1)->front().id,
                                  .answers = {{.query = kEnergy, .values = {{"a\"b", 2}, {"unknown", 5}}}}};
  ASSERT_TRUE(writer_->settle(outcome));
  ASSERT_TRUE(writer_->settle(outcome));
  const auto connection = connect(writer_->path());
  for (const char* table : {"units", "usage", "daily_usage"})
    EXPECT_EQ(ask(*connection, fmt::format("select total_cpu_energy_usage_kwh from {}", table)),
              R"({"total":2})");
  EXPECT_EQ(writer_->count_pending("hpc"), 0);
}

TEST_F(Pending, StaysForQueriesThatFailAgain) {
  ASSERT_TRUE(writer_->commit_window(one_window_owing({kEnergy, kUse})));
  ASSERT_TRUE(writer_->settle({.id = 1,
                               .answers = {{.query = kUse, .values = {{"a\"b", 30}}}},
                               .next_attempt_ms = kStart + 99,
                               .reason = "timed out"}));
  EXPECT_TRUE(writer_->due_windows(kStart + 98, 1)->empty());
  const auto due = writer_->due_windows(kStart + 99, 1);
  ASSERT_EQ(due->size(), 1U);
  EXPECT_EQ(due->front().queries, std::vector{kEnergy});
  EXPECT_EQ(due->front().attempts, 2);
  EXPECT_EQ(due->front().reason, "timed out");
}

TEST_F(Pending, IsGivenUpOnDemand) {
  ASSERT_TRUE(writer_->commit_window(one_window_owing({kEnergy})));
  ASSERT_TRUE(writer_->settle({.id = 1, .abandoned = {kEnergy}}));
  EXPECT_EQ(writer_->count_pending("hpc"), 0);
}

// Whatever fails, and in whatever order it is made good, the rows end as if nothing had failed.
class RandomFailures : public testing::TestWithParam<unsigned> {};

struct Truth {
  double energy = 0;
  double weighted_use = 0;
  double weight = 0;
};

TEST_P(RandomFailures, ChangeNothingInTheEnd) {
  std::mt19937 random(GetParam());
  const auto chance = [&random](double p) { return std::bernoulli_distribution(p)(random); };
  const auto pick = [&random](int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(random);
  };
  const TestDirectory directory;
  auto writer = open_writer(directory.path(), {}, Accounting::kLegacy, kWeights);
  const PendingQuery average = GetParam() % 2 == 0 ? kUse : kOccupancy;
  const bool of_gpu = average == kOccupancy;
  std::map<std::string, Truth> units;
  std::map<std::string, Truth> users;
  // What each query of each window would have answered, by the window's end.
  std::map<std::int64_t, std::map<PendingQuery, std::vector<std::pair<std::string, double>>>> answers;

  for (int step = 0; step < 40; ++step) {
    WindowResult window;
    window.cluster_id = "hpc";
    window.start_ms = kStart + step * kHourMs;
    window.end_ms = window.start_ms + kHourMs;
    const std::map<PendingQuery, bool> fails = {{kEnergy, chance(0.4)}, {average, chance(0.4)}};
    PendingWindow pending = {.cluster_id = "hpc", .updater_id = "tsdb", .window_end_ms = window.end_ms};
    for (const auto& [query, failed] : fails)
      if (failed) pending.queries.push_back(query);
    for (int id = 0; id < 4; ++id) {
      if (chance(0.3)) continue;
      Unit unit;
      unit.uuid = fmt::format("u{}", id);
      unit.started_at = "2030-01-01T00:00:00+0000";
      unit.username = id < 2 ? "ann" : "bob";
      unit.project = "bio";
      const double weight = pick(1, 100);
      const double energy = pick(0, 1000);
      const double use = pick(0, 100);
      unit.metrics[Metric::kTotalTimeSeconds] = {
          {"walltime", 10}, {"alloc_cputime", of_gpu ? 10 : weight}, {"alloc_gputime", of_gpu ? weight : 10}};
      for (auto* truth : {&units[unit.uuid], &users[unit.username]}) {
        truth->energy += energy;
        truth->weighted_use += use * weight;
        truth->weight += weight;
      }
      if (fails.at(kEnergy)) {
        answers[window.end_ms][kEnergy].emplace_back(unit.uuid, energy);
      } else {
        unit.metrics[kEnergy.metric].set(kEnergy.name, energy);
      }
      if (fails.at(average)) {
        answers[window.end_ms][average].emplace_back(unit.uuid, use);
      } else {
        unit.metrics[average.metric].set(average.name, use);
      }
      pending.units.push_back(pending_unit(unit));
      window.units.push_back(std::move(unit));
    }
    if (!pending.queries.empty() && !pending.units.empty()) window.pending.push_back(pending);
    const auto status = writer->commit_window(window);
    ASSERT_TRUE(status) << status.error().text();
    if (chance(0.2)) {
      writer.reset();
      writer = open_writer(directory.path(), {}, Accounting::kLegacy, kWeights);
    }
    while (chance(0.4) || (step == 39 && writer->count_pending("hpc") != 0)) {
      auto due = *writer->due_windows(window.end_ms, 100);
      if (due.empty()) break;
      const PendingWindow late = due[static_cast<std::size_t>(pick(0, static_cast<int>(due.size()) - 1))];
      PendingOutcome outcome = {.id = late.id};
      for (const PendingQuery& query : late.queries)
        if (chance(0.7)) outcome.answers.push_back({query, answers[late.window_end_ms][query]});
      ASSERT_TRUE(writer->settle(outcome));
    }
  }
  const auto connection = connect(writer->path());
  const auto expect_truth = [&](const std::string& where, const Truth& truth) {
    EXPECT_EQ(std::stod(ask(*connection, "select total_cpu_energy_usage_kwh ->> 'total' from " + where)),
              truth.energy)
        << where;
    EXPECT_NEAR(std::stod(ask(*connection, fmt::format("select {} ->> '{}' from {}",
                                                       metric_name(average.metric), average.name, where))),
                truth.weighted_use / truth.weight, 1e-6)
        << where;
  };
  for (const auto& [uuid, truth] : units)
    expect_truth("units where uuid = '" + uuid + "'", truth);
  for (const auto& [user, truth] : users)
    expect_truth("usage where username = '" + user + "'", truth);
  EXPECT_EQ(
      ask(*connection,
          "select sum(total_cpu_energy_usage_kwh ->> 'total') - (select sum(total_cpu_energy_usage_kwh ->> "
          "'total') from usage) from daily_usage"),
      "0");
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomFailures, testing::Range(0U, 20U));

}  // namespace
}  // namespace ceems::store
