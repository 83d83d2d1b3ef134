#include "update/tsdb_updater.h"

#include "update/batches.h"
#include "update/fake_site.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ceems::update {
namespace {

using store::Metric;
using store::MetricMap;

constexpr std::int64_t kStartS = 1'893'456'000;
const Window kWindow = {TimePoint(std::chrono::seconds(kStartS)),
                        TimePoint(std::chrono::seconds(kStartS + 900))};

store::Unit unit(std::string uuid, std::int64_t start_s = kStartS, std::int64_t end_s = 0,
                 std::string manager = "docker") {
  store::Unit unit;
  unit.uuid = std::move(uuid);
  unit.resource_manager = std::move(manager);
  unit.started_at = fmt::format("{}", start_s);
  unit.started_at_ts = start_s * 1000;
  unit.ended_at_ts = end_s * 1000;
  unit.metrics[Metric::kTotalTimeSeconds] = {{"alloc_cputime", 5}};
  return unit;
}

class TsdbUpdaterTest : public testing::Test {
 protected:
  void make(TsdbSettings settings) {
    UpdaterSettings updater;
    updater.id = "t";
    updater.tsdb = std::move(settings);
    auto made = make_tsdb_updater(updater, client_);
    ASSERT_TRUE(made) << made.error().text();
    updater_ = *std::move(made);
  }

  Filled fill(std::vector<store::Unit> units) {
    auto filled = updater_->fill("hpc", kWindow, std::move(units), updater_->metrics(), kWindow.end);
    EXPECT_TRUE(filled) << filled.error().text();
    return filled ? *std::move(filled) : Filled();
  }

  static TsdbSettings settings() {
    TsdbSettings settings;
    settings.queries = {
        {"total_cpu_energy_usage_kwh", {{"total", "energy{uuid=~\"{{.UUIDs}}\"} {{.RangeOpen}}"}}},
        {"avg_cpu_usage", {{"global", "use{uuid=~`{{.UUIDs}}`} {{.RangeOpen}}"}}}};
    return settings;
  }

  std::vector<FakeUnit> units_ = {{.uuid = "a", .start_s = kStartS, .end_s = kStartS + 300, .watts = 10},
                                  {.uuid = "a[1]", .start_s = kStartS, .end_s = kStartS + 900, .watts = 1}};
  FakeTsdb client_{units_};
  std::unique_ptr<Updater> updater_;
};

TEST_F(TsdbUpdaterTest, FillsUnits) {
  make(settings());
  const Filled filled = fill({unit("a"), unit("a[1]"), unit("unseen"), unit("")});
  EXPECT_EQ(filled.units[0].metrics[Metric::kTotalCpuEnergyUsageKwh], (MetricMap{{"total", 3000}}));
  EXPECT_EQ(filled.units[1].metrics[Metric::kTotalCpuEnergyUsageKwh], (MetricMap{{"total", 900}}));
  EXPECT_TRUE(filled.units[2].metrics[Metric::kTotalCpuEnergyUsageKwh].empty());
  EXPECT_TRUE(filled.owed.empty());
  EXPECT_EQ(client_.seen.size(), 2U);
}

TEST_F(TsdbUpdaterTest, AsksNothingWhenAllUnitsAreBlank) {
  make(settings());
  fill({unit(""), unit("")});
  EXPECT_TRUE(client_.seen.empty());
}

TEST_F(TsdbUpdaterTest, NeedsWindowsOfFourScrapeIntervals) {
  make(settings());
  client_.server.scrape_interval = std::chrono::seconds(15);
  EXPECT_EQ(updater_->shortest_window(), std::chrono::seconds(60));
}

TEST_F(TsdbUpdaterTest, OwesWhatFailed) {
  make(settings());
  client_.fate = [](const std::string& query) -> base::Status {
    if (query.starts_with("energy"))
      return base::fail(base::ErrorCode::kUnavailable, "http://tsdb", "answered 500");
    return {};
  };
  const Filled filled = fill({unit("a"), unit("a[1]")});
  EXPECT_TRUE(filled.units[0].metrics[Metric::kTotalCpuEnergyUsageKwh].empty());
  EXPECT_FALSE(filled.units[0].metrics[Metric::kAvgCpuUsage].empty());
  ASSERT_EQ(filled.owed.size(), 1U);
  const store::PendingWindow& owed = filled.owed[0];
  EXPECT_EQ(owed.updater_id, "t");
  EXPECT_EQ(owed.queries, (std::vector<store::PendingQuery>{{Metric::kTotalCpuEnergyUsageKwh, "total"}}));
  ASSERT_EQ(owed.units.size(), 2U);
  EXPECT_EQ(owed.units[0].times, (MetricMap{{"alloc_cputime", 5}}));
  EXPECT_EQ(owed.reason, "http://tsdb: answered 500");
  EXPECT_GT(owed.next_attempt_ms, kWindow.end.time_since_epoch().count());

  client_.fate = [](const std::string&) { return base::Status(); };
  const auto outcome = updater_->ask_again(owed, kWindow.end);
  ASSERT_TRUE(outcome) << outcome.error().text();
  ASSERT_EQ(outcome->answers.size(), 1U);
  auto values = outcome->answers[0].values;
  std::ranges::sort(values);
  EXPECT_EQ(values, (std::vector<std::pair<std::string, double>>{{"a", 3000}, {"a[1]", 900}}));
}

TEST_F(TsdbUpdaterTest, StopsAskingAServerThatDoesNotAnswer) {
  TsdbSettings many = settings();
  for (int i = 0; i < 100; ++i)
    many.queries["total_custom_stats"][fmt::format("q{}", i)] = "energy{uuid=~`{{.UUIDs}}`} {{.RangeOpen}}";
  make(many);
  client_.fate = [](const std::string&) -> base::Status {
    return base::fail(base::ErrorCode::kTimeout, "http://tsdb", "timed out");
  };
  const Filled filled = fill({unit("a")});
  EXPECT_LT(client_.seen.size(), 20U);
  ASSERT_EQ(filled.owed.size(), 1U);
  EXPECT_EQ(filled.owed[0].queries.size(), 102U);
  EXPECT_FALSE(updater_->ask_again(filled.owed[0], kWindow.end));
}

TEST_F(TsdbUpdaterTest, KeepsAskingWhenOnlyOneQueryIsWrong) {
  TsdbSettings with_wrong = settings();
  with_wrong.queries["total_custom_stats"]["wrong"] = "nonsense";
  make(with_wrong);
  const Filled filled = fill({unit("a")});
  ASSERT_EQ(filled.owed.size(), 1U);
  EXPECT_EQ(filled.owed[0].queries.size(), 1U);
  EXPECT_FALSE(filled.units[0].metrics[Metric::kTotalCpuEnergyUsageKwh].empty());
  const auto outcome = updater_->ask_again(filled.owed[0], kWindow.end);
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->answers.empty());
  EXPECT_TRUE(outcome->abandoned.empty());
}

TEST_F(TsdbUpdaterTest, GivesUpWhatIsNotConfiguredAnyMore) {
  make(settings());
  const store::PendingWindow owed{.range_start_ms = kStartS * 1000,
                                  .range_end_ms = kStartS * 1000 + 1,
                                  .queries = {{Metric::kTotalCustomStats, "gone"}}};
  EXPECT_EQ(updater_->ask_again(owed, kWindow.end)->abandoned, owed.queries);
}

TEST_F(TsdbUpdaterTest, GivesUpWhatTheTsdbDoesNotKeepAnyMore) {
  make(settings());
  client_.server.retention = std::chrono::hours(24);
  const store::PendingWindow owed{.range_start_ms = kStartS * 1000,
                                  .range_end_ms = kStartS * 1000 + 900'000,
                                  .queries = {{Metric::kAvgCpuUsage, "global"}}};
  EXPECT_TRUE(updater_->ask_again(owed, kWindow.start + std::chrono::hours(23))->abandoned.empty());
  EXPECT_EQ(updater_->ask_again(owed, kWindow.start + std::chrono::hours(25))->abandoned, owed.queries);
}

TEST_F(TsdbUpdaterTest, FailsWhenCancelled) {
  make(settings());
  client_.fate = [](const std::string&) -> base::Status {
    return base::fail(base::ErrorCode::kCancelled, "", "stopping");
  };
  EXPECT_FALSE(updater_->fill("hpc", kWindow, {unit("a")}, updater_->metrics(), kWindow.end));
}

TEST_F(TsdbUpdaterTest, TurnsWhatIsNoAmountIntoZero) {
  TsdbSettings bad;
  bad.queries = {{"total_custom_stats", {{"x", "bad{uuid=~`{{.UUIDs}}`} {{.RangeOpen}}"}}},
                 {"min_custom_stats", {{"x", "bad{uuid=~`{{.UUIDs}}`} {{.RangeOpen}}"}}}};
  make(bad);
  const Filled filled = fill({unit("a")});
  EXPECT_EQ(filled.units[0].metrics[Metric::kTotalCustomStats], (MetricMap{{"x", 0}}));
  EXPECT_EQ(filled.units[0].metrics[Metric::kMinCustomStats], (MetricMap{{"x", 0}}));
}

TEST_F(TsdbUpdaterTest, TellsLivesOfOneIdApart) {
  units_ = {{.uuid = "a", .start_s = kStartS, .end_s = kStartS + 300, .watts = 10},
            {.uuid = "a", .start_s = kStartS + 400, .end_s = kStartS + 900, .watts = 1}};
  make(settings());
  const Filled filled = fill({unit("a", kStartS, kStartS + 300), unit("a", kStartS + 400)});
  EXPECT_EQ(filled.units[0].metrics[Metric::kTotalCpuEnergyUsageKwh], (MetricMap{{"total", 3000}}));
  EXPECT_EQ(filled.units[1].metrics[Metric::kTotalCpuEnergyUsageKwh], (MetricMap{{"total", 500}}));
}

TEST_F(TsdbUpdaterTest, TellsManagersOfOneIdApart) {
  units_ = {{.manager = "docker", .uuid = "a", .start_s = kStartS, .end_s = kStartS + 900, .watts = 10},
            {.manager = "podman", .uuid = "a", .start_s = kStartS, .end_s = kStartS + 900, .watts = 1}};
  make(settings());
  const Filled filled = fill({unit("a", kStartS, 0, "docker"), unit("a", kStartS + 1, 0, "podman")});
  EXPECT_EQ(filled.units[0].metrics[Metric::kTotalCpuEnergyUsageKwh], (MetricMap{{"total", 9000}}));
  EXPECT_EQ(filled.units[1].metrics[Metric::kTotalCpuEnergyUsageKwh], (MetricMap{{"total", 899}}));
}

TEST_F(TsdbUpdaterTest, IgnoresUnitsThatWereTooShort) {
  TsdbSettings cut = settings();
  cut.cutoff_duration = std::chrono::minutes(5);
  make(cut);
  const Filled filled =
      fill({unit("a", kStartS, kStartS + 299), unit("b", kStartS, kStartS + 300), unit("c")});
  EXPECT_TRUE(filled.units[0].ignored);
  EXPECT_FALSE(filled.units[1].ignored);
  EXPECT_FALSE(filled.units[2].ignored);
  EXPECT_TRUE(filled.cleanup.matchers.empty());
}

TEST_F(TsdbUpdaterTest, NamesOnlyIgnoredUnitsForDeletion) {
  TsdbSettings cut = settings();
  cut.cutoff_duration = std::chrono::minutes(5);
  cut.delete_ignored = true;
  cut.labels_to_drop = {"{__name__=\"x\"}"};
  make(cut);
  const Filled filled = fill({unit("a.b", kStartS, kStartS + 1), unit("c", kStartS, kStartS + 1),
                              unit("c", kStartS + 100), unit("d")});
  EXPECT_EQ(filled.cleanup.matchers, (std::vector<std::string>{"{__name__=\"x\"}", "{uuid=~\"a\\\\.b\"}"}));
  EXPECT_EQ(filled.cleanup.start, kWindow.start - std::chrono::minutes(5));
  EXPECT_EQ(fill({unit("d")}).cleanup.matchers, std::vector<std::string>{"{__name__=\"x\"}"});
}

TEST_F(TsdbUpdaterTest, LeavesOutMetricsThatDoNotExist) {
  TsdbSettings odd = settings();
  odd.queries["total_happiness"]["x"] = "up";
  odd.queries["total_time_seconds"]["walltime"] = "up";
  make(odd);
  EXPECT_EQ(updater_->metrics().count(), 2U);
}

TEST(Batches, StayWithinTheServersLimit) {
  tsdb::Settings server;
  server.scrape_interval = std::chrono::seconds(15);
  server.max_samples = 50'000'000;
  EXPECT_EQ(batch_size(server, std::chrono::minutes(15), 50, 0.5), 8333U);
  server.max_samples = 100;
  EXPECT_EQ(batch_size(server, std::chrono::minutes(15), 50, 0.5), 10U);
}

TEST(Batches, HoldEachUnitOnce) {
  std::vector<store::Unit> units;
  for (int i = 0; i < 25; ++i)
    units.push_back(unit(fmt::format("u{}", i)));
  units.push_back(unit(""));
  const auto batches = make_batches(units, kWindow, 10, Milliseconds(0));
  ASSERT_EQ(batches.size(), 3U);
  std::vector<std::size_t> all;
  for (const Batch& batch : batches) {
    EXPECT_LE(batch.units.size(), 10U);
    all.insert(all.end(), batch.units.begin(), batch.units.end());
  }
  std::ranges::sort(all);
  EXPECT_EQ(all.size(), 25U);
  EXPECT_TRUE(std::ranges::adjacent_find(all) == all.end());
}

TEST(Batches, AskNothingAboutALifeThatIsOver) {
  const auto batches = make_batches({unit("a", kStartS - 500, kStartS - 100), unit("a", kStartS + 100)},
                                    kWindow, 10, Milliseconds(0));
  ASSERT_EQ(batches.size(), 1U);
  EXPECT_EQ(batches[0].units, std::vector<std::size_t>{1});
  EXPECT_EQ(batches[0].range.start, kWindow.start + std::chrono::seconds(100));
}

TEST(Batches, AskForTheWholeLifeThatWasReportedLate) {
  std::vector<store::Unit> units = {unit("a", kStartS - 500, kStartS - 100), unit("b", kStartS + 100)};
  units[0].metrics[store::Metric::kTotalTimeSeconds].set("walltime", 400);
  const auto batches = make_batches(units, kWindow, 10, Milliseconds(0));
  ASSERT_EQ(batches.size(), 2U);
  EXPECT_EQ(batches[0].units, std::vector<std::size_t>{0});
  EXPECT_EQ(batches[0].range.start, kWindow.start - std::chrono::seconds(500));
  EXPECT_EQ(batches[0].range.end, kWindow.end);
}

TEST(Batches, AskForAllThatWereReportedLateAtOnce) {
  std::vector<store::Unit> units;
  for (int i = 0; i < 20; ++i) {
    units.push_back(unit(fmt::format("u{}", i), kStartS - 500 + i, i % 2 == 0 ? 0 : kStartS - 10 * i));
    units.back().metrics[store::Metric::kTotalTimeSeconds].set("walltime",
                                                               i % 2 == 0 ? 1400 - i : 500 - 11 * i);
  }
  const auto batches = make_batches(units, kWindow, 100, Milliseconds(0));
  ASSERT_EQ(batches.size(), 1U);
  EXPECT_EQ(batches[0].units.size(), 20U);
  EXPECT_EQ(batches[0].range.start, kWindow.start - std::chrono::seconds(500));
}

TEST(Batches, AreSmallerWhereTheyAskForMoreTime) {
  std::vector<store::Unit> units;
  for (int i = 0; i < 20; ++i) {
    units.push_back(unit(fmt::format("u{}", i), kStartS - 900));
    units.back().metrics[store::Metric::kTotalTimeSeconds].set("walltime", 1800);
  }
  const auto batches = make_batches(units, kWindow, 20, Milliseconds(0));
  ASSERT_EQ(batches.size(), 2U);
  EXPECT_EQ(batches[0].units.size(), 10U);
}

TEST(Batches, AskForARunThatFollowsAnotherFromItsStart) {
  std::vector<store::Unit> units = {unit("a", kStartS + 100)};
  units[0].previous_ended_at_ts = (kStartS - 10) * 1000;
  const auto batches = make_batches(units, kWindow, 10, std::chrono::seconds(240));
  ASSERT_EQ(batches.size(), 1U);
  EXPECT_EQ(batches[0].range.start, kWindow.start + std::chrono::seconds(100));
}

TEST(Batches, EndSumsWhereTheNextRunStartsAfterTheWindow) {
  std::vector<store::Unit> units = {unit("a", kStartS + 100, kStartS + 890)};
  units[0].next_started_at_ts = (kStartS + 1000) * 1000;
  const auto batches = make_batches(units, kWindow, 10, std::chrono::seconds(240));
  ASSERT_EQ(batches.size(), 2U);
  EXPECT_EQ(batches[0].range.end, kWindow.start + std::chrono::seconds(890));
  EXPECT_EQ(batches[0].asked, Asked::kAllButSums);
  EXPECT_EQ(batches[1].range.end, kWindow.start + std::chrono::seconds(1000));
}

TEST(Batches, EndARunWhoseEndIsNotKnownWhereTheNextStarts) {
  std::vector<store::Unit> units = {unit("a", kStartS - 100), unit("a", kStartS + 200)};
  units[0].next_started_at_ts = (kStartS + 200) * 1000;
  units[1].previous_ended_at_ts = (kStartS + 200) * 1000;
  const auto batches = make_batches(units, kWindow, 10, std::chrono::seconds(240));
  ASSERT_EQ(batches.size(), 2U);
  EXPECT_EQ(batches[0].range.end, kWindow.start + std::chrono::seconds(200));
  EXPECT_EQ(batches[1].range.start, kWindow.start + std::chrono::seconds(200));
}

TEST(Batches, LeaveToARunThatWasToldBeforeWhatItsRatesToldAfterIt) {
  std::vector<store::Unit> units = {unit("a", kStartS - 400)};
  units[0].previous_ended_at_ts = (kStartS - 500) * 1000;
  units[0].metrics[store::Metric::kTotalTimeSeconds].set("walltime", 1300);
  const auto batches = make_batches(units, kWindow, 10, std::chrono::seconds(240));
  ASSERT_EQ(batches.size(), 1U);
  EXPECT_EQ(batches[0].range.start, kWindow.start - std::chrono::seconds(260));
}

TEST(Batches, AskForWhatARunningUnitRanBeforeItWasReported) {
  std::vector<store::Unit> units = {unit("a", kStartS - 500), unit("b", kStartS - 500)};
  const auto length = std::chrono::floor<std::chrono::seconds>(kWindow.end - kWindow.start).count();
  units[0].metrics[store::Metric::kTotalTimeSeconds].set("walltime", static_cast<double>(length + 300));
  units[1].metrics[store::Metric::kTotalTimeSeconds].set("walltime", static_cast<double>(length));
  const auto batches = make_batches(units, kWindow, 10, Milliseconds(0));
  ASSERT_EQ(batches.size(), 2U);
  EXPECT_EQ(batches[0].units, std::vector<std::size_t>{0});
  EXPECT_EQ(batches[0].range.start, kWindow.start - std::chrono::seconds(300));
  EXPECT_EQ(batches[0].range.end, kWindow.end);
  EXPECT_EQ(batches[1].range.start, kWindow.start);
}

TEST(Batches, KeepALateLifeApartFromTheNextOfItsId) {
  std::vector<store::Unit> units = {unit("a", kStartS - 500, kStartS + 10), unit("a", kStartS + 100)};
  units[0].metrics[store::Metric::kTotalTimeSeconds].set("walltime", 510);
  const auto batches = make_batches(units, kWindow, 10, Milliseconds(0));
  ASSERT_EQ(batches.size(), 2U);
  EXPECT_EQ(batches[0].range.start, kWindow.start - std::chrono::seconds(500));
  EXPECT_EQ(batches[0].range.end, kWindow.start + std::chrono::seconds(10));
  EXPECT_EQ(batches[1].range.start, kWindow.start + std::chrono::seconds(100));
}

TEST(Batches, KeepToTheWindowWhereNothingCanBeLate) {
  std::vector<store::Unit> units = {unit("a", kStartS - 500)};
  units[0].metrics[store::Metric::kTotalTimeSeconds].set("walltime", 1e6);
  Window window = kWindow;
  window.horizon = window.start;
  EXPECT_EQ(make_batches(units, window, 10, Milliseconds(0))[0].range.start, window.start);
}

TEST(Batches, AskForSumsOfWhatEndedALittleLonger) {
  std::vector<store::Unit> units = {unit("a", kStartS - 500, kStartS + 100), unit("b", kStartS + 100),
                                    unit("c", kStartS - 500, kStartS + 100)};
  units[2].may_recur = true;
  const auto batches = make_batches(units, kWindow, 10, std::chrono::seconds(240));
  ASSERT_EQ(batches.size(), 3U);
  for (const Batch& batch : batches) {
    EXPECT_EQ(batch.range.start, kWindow.start);
    const bool sums = batch.asked == Asked::kSums;
    EXPECT_EQ(batch.range.end, kWindow.end + std::chrono::seconds(sums ? 240 : 0));
    EXPECT_EQ(batch.units, batch.asked == Asked::kEverything ? (std::vector<std::size_t>{1, 2})
                                                             : std::vector<std::size_t>{0});
  }
}

TEST(Batches, EndSumsWhereTheNextUnitOfTheIdStarts) {
  const auto batches = make_batches({unit("a", kStartS + 10, kStartS + 100), unit("a", kStartS + 150)},
                                    kWindow, 10, std::chrono::seconds(240));
  ASSERT_EQ(batches.size(), 3U);
  for (const Batch& batch : batches) {
    if (batch.asked == Asked::kSums) {
      EXPECT_EQ(batch.range.end, kWindow.start + std::chrono::seconds(150));
    }
  }
}

TEST(RetryDelay, DoublesUpToAnHour) {
  EXPECT_EQ(retry_delay(1), std::chrono::minutes(1));
  EXPECT_EQ(retry_delay(3), std::chrono::minutes(4));
  EXPECT_EQ(retry_delay(7), std::chrono::hours(1));
  EXPECT_EQ(retry_delay(10'000), std::chrono::hours(1));
}

}  // namespace
}  // namespace ceems::update
