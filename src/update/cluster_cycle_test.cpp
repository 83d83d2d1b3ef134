#include "update/cluster_cycle.h"

#include "store/reader.h"
#include "update/fake_site.h"
#include "update/pending_cycle.h"
#include "update/tsdb_updater.h"

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ceems::update {
namespace {

using store::Metric;

constexpr std::int64_t kStartS = 1'893'456'000;  // 2030-01-01T00:00:00Z

TimePoint at(std::int64_t second) {
  return TimePoint(std::chrono::seconds(second));
}

CycleSettings hourly() {
  return {.max_window = std::chrono::hours(1), .update_from_ms = kStartS * 1000};
}

TEST(NextWindow, GoesUpToNow) {
  const auto window =
      next_window(at(kStartS), at(kStartS + 900) + Milliseconds(300), Milliseconds(0), hourly());
  ASSERT_TRUE(window);
  EXPECT_EQ(window->start, at(kStartS));
  EXPECT_EQ(window->end, at(kStartS + 900));
}

TEST(NextWindow, IsCutAtTheLongest) {
  EXPECT_EQ(next_window(at(kStartS), at(kStartS + 9000), Milliseconds(0), hourly())->end, at(kStartS + 3600));
}

TEST(NextWindow, WaitsUntilItIsLongEnough) {
  EXPECT_FALSE(next_window(at(kStartS), at(kStartS + 59), std::chrono::seconds(60), hourly()));
  EXPECT_TRUE(next_window(at(kStartS), at(kStartS + 60), std::chrono::seconds(60), hourly()));
  EXPECT_FALSE(next_window(at(kStartS), at(kStartS - 60), Milliseconds(0), hourly()));
  EXPECT_EQ(next_window(at(kStartS), at(kStartS + 9000), std::chrono::hours(2), hourly())->end,
            at(kStartS + 7200));
}

TEST(NextWindow, EndsAtMidnightWithExactAccounting) {
  CycleSettings settings = hourly();
  settings.time_zone = *store::TimeZone::find("Asia/Kolkata");
  const std::int64_t midnight = kStartS + 18 * 3600 + 1800;
  EXPECT_EQ(next_window(at(midnight - 600), at(midnight + 600), Milliseconds(0), settings)->end,
            at(midnight + 600));
  settings.accounting = store::Accounting::kExact;
  EXPECT_EQ(next_window(at(midnight - 600), at(midnight + 600), Milliseconds(0), settings)->end,
            at(midnight));
  EXPECT_EQ(next_window(at(midnight), at(midnight + 600), Milliseconds(0), settings)->end,
            at(midnight + 600));
  EXPECT_EQ(next_window(at(midnight - 30), at(midnight + 600), std::chrono::seconds(60), settings)->end,
            at(midnight + 600));
}

// A cluster with its manager, TSDB and database.
class Cycle : public testing::Test {
 protected:
  Cycle() { open(); }

  void open() {
    cycle_.reset();
    updater_.reset();
    reader_.reset();
    writer_.reset();
    auto writer = store::Writer::open({.directory = directory_.path(),
                                       .time_zone = cycle_settings_.time_zone,
                                       .accounting = cycle_settings_.accounting});
    ASSERT_TRUE(writer) << writer.error().text();
    writer_ = *std::move(writer);
    reader_ = *store::Reader::create({.path = writer_->path()});
    UpdaterSettings settings;
    settings.id = "t";
    settings.tsdb = tsdb_settings_;
    updater_ = *make_tsdb_updater(settings, client_);
    auto manager = std::make_unique<FakeManager>(units_);
    manager_ = manager.get();
    use(std::move(manager));
  }

  void use(std::unique_ptr<manager::Manager> manager) {
    cycle_ = std::make_unique<ClusterCycle>(manager::ClusterSettings{.id = "hpc", .manager = "fake"},
                                            std::move(manager), std::vector<Updater*>{updater_.get()},
                                            *writer_, cycle_settings_);
  }
  FakeSlurm& use_slurm() {
    auto slurm = std::make_unique<FakeSlurm>(units_);
    FakeSlurm& made = *slurm;
    use(std::move(slurm));
    return made;
  }

  base::Status catch_up(std::int64_t second) {
    return cycle_->catch_up(at(second), [] { return true; });
  }

  std::map<std::pair<std::string, std::int64_t>, store::Unit> stored() {
    std::map<std::pair<std::string, std::int64_t>, store::Unit> found;
    auto cursor = *reader_->units({});
    for (;;) {
      auto page = cursor->next();
      EXPECT_TRUE(page);
      if (!page || page->empty()) return found;
      for (store::Unit& unit : *page)
        found.emplace(std::pair(unit.uuid, unit.started_at_ts / 1000), std::move(unit));
    }
  }

  TestDirectory directory_;
  CycleSettings cycle_settings_ = hourly();
  std::vector<FakeUnit> units_;
  FakeTsdb client_{units_};
  TsdbSettings tsdb_settings_ = [] {
    TsdbSettings settings;
    settings.queries = {
        {"total_cpu_energy_usage_kwh", {{"total", "energy{uuid=~\"{{.UUIDs}}\"} {{.RangeOpen}}"}}},
        {"avg_cpu_usage", {{"global", "use{uuid=~`{{.UUIDs}}`} {{.RangeOpen}}"}}}};
    return settings;
  }();
  std::unique_ptr<store::Writer> writer_;
  std::unique_ptr<store::Reader> reader_;
  std::unique_ptr<Updater> updater_;
  std::unique_ptr<ClusterCycle> cycle_;
  FakeManager* manager_ = nullptr;
};

base::Status out_of_service() {
  return base::fail(base::ErrorCode::kUnavailable, "http://x", "answered 503");
}

TEST_F(Cycle, AccountsAUnit) {
  units_ = {{.uuid = "a", .start_s = kStartS + 100, .end_s = kStartS + 5000, .watts = 2, .cpus = 4}};
  ASSERT_TRUE(catch_up(kStartS + 4000));
  store::Unit unit = stored().begin()->second;
  EXPECT_EQ(unit.state, "RUNNING");
  EXPECT_EQ(unit.ended_at, "N/A");
  EXPECT_EQ(unit.started_at, "2030-01-01T00:01:40+0000");
  ASSERT_TRUE(catch_up(kStartS + 8000));
  unit = stored().begin()->second;
  EXPECT_EQ(unit.state, "COMPLETED");
  EXPECT_EQ(unit.elapsed, "01:21:40");
  EXPECT_EQ(unit.metrics[Metric::kTotalCpuEnergyUsageKwh].find("total"), 9800);
  EXPECT_EQ(unit.metrics[Metric::kTotalTimeSeconds].find("walltime"), 4900);
  EXPECT_EQ(unit.metrics[Metric::kTotalTimeSeconds].find("alloc_cputime"), 19600);
}

TEST_F(Cycle, KeepsMetricsThatASiteMadeItself) {
  const std::string use = "use{uuid=~`{{.UUIDs}}`} {{.RangeOpen}}";
  tsdb_settings_.queries = {{"total_custom_stats", {{"joules", "energy{uuid=~`{{.UUIDs}}`} {{.RangeOpen}}"}}},
                            {"avg_custom_stats", {{"use", use}}},
                            {"min_custom_stats", {{"use", use}}},
                            {"max_custom_stats", {{"use", use}}}};
  open();
  units_ = {{.uuid = "a", .start_s = kStartS + 100, .end_s = kStartS + 5000, .watts = 2, .cpus = 4}};
  ASSERT_TRUE(catch_up(kStartS + 4000));
  ASSERT_TRUE(catch_up(kStartS + 8000));
  store::Unit unit = stored().begin()->second;
  // What each window of an hour said, and both by their seconds.
  std::vector<double> means;
  for (const auto& [from, to] : {std::pair(100, 3600), std::pair(3600, 5000)})
    means.push_back(units_[0].use_integral(kStartS + from, kStartS + to) / (to - from));
  const double mean = units_[0].use_integral(kStartS, kStartS + 5000) / 4900;
  constexpr double kStoredTo = 1e-7;
  EXPECT_EQ(unit.metrics[Metric::kTotalCustomStats].value_or("joules", 0), 9800);
  EXPECT_NEAR(unit.metrics[Metric::kAvgCustomStats].value_or("use", 0), mean, kStoredTo);
  EXPECT_NEAR(unit.metrics[Metric::kMinCustomStats].value_or("use", 0), std::ranges::min(means), kStoredTo);
  EXPECT_NEAR(unit.metrics[Metric::kMaxCustomStats].value_or("use", 0), std::ranges::max(means), kStoredTo);
}

TEST_F(Cycle, LetsShortWindowsGrow) {
  units_ = {{.uuid = "a", .start_s = kStartS, .end_s = kStartS + 5000, .watts = 2}};
  for (int second = 10; second <= 780; second += 10)
    ASSERT_TRUE(catch_up(kStartS + second));
  // Four scrape intervals of a minute.
  EXPECT_EQ(client_.seen.size(), 4U);
  EXPECT_EQ(stored().begin()->second.metrics[Metric::kTotalCpuEnergyUsageKwh].find("total"), 960);
}

TEST_F(Cycle, LeavesOutWhatTheServerMayStillLearn) {
  units_ = {{.uuid = "a", .start_s = kStartS, .end_s = kStartS + 5000, .watts = 2}};
  ASSERT_TRUE(catch_up(kStartS + 1000));
  // Rates of four scrapes, and an evaluation; a minute each.
  EXPECT_EQ(writer_->window_start("hpc", 0), (kStartS + 700) * 1000);
}

TEST_F(Cycle, CatchesUpAfterItsManagerFailed) {
  units_ = {{.uuid = "a", .start_s = kStartS, .end_s = kStartS + 50000, .watts = 2}};
  manager_->fate = out_of_service;
  EXPECT_FALSE(catch_up(kStartS + 3600));
  EXPECT_FALSE(catch_up(kStartS + 7200));
  EXPECT_TRUE(stored().empty());
  manager_->fate = [] { return base::Status(); };
  ASSERT_TRUE(catch_up(kStartS + 11100));
  EXPECT_EQ(stored().begin()->second.metrics[Metric::kTotalCpuEnergyUsageKwh].find("total"), 21600);
}

TEST_F(Cycle, NamesTheWindowThatFailed) {
  manager_->fate = out_of_service;
  const auto status = catch_up(kStartS + 3900);
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().text().find("window 2030-01-01T00:00:00+0000 to 2030-01-01T01:00:00+0000"),
            std::string::npos)
      << status.error().text();
}

TEST_F(Cycle, DoesNotWaitForMemberships) {
  units_ = {{.uuid = "a", .start_s = kStartS, .end_s = kStartS + 50000}};
  ASSERT_TRUE(catch_up(kStartS + 3600));
  manager_->membership_fate = out_of_service();
  ASSERT_TRUE(catch_up(kStartS + 7200));
  EXPECT_EQ(reader_->users({})->size(), 1U);
}

TEST_F(Cycle, StopsBetweenWindowsWhenTold) {
  EXPECT_FALSE(cycle_->catch_up(at(kStartS + 36'000), [] { return false; }));
  EXPECT_EQ(writer_->window_start("hpc", 0), (kStartS + 3600) * 1000);
}

TEST_F(Cycle, LetsTheLaterOfTwoUpdatersFillAMetric) {
  UpdaterSettings other;
  other.id = "u";
  other.tsdb.queries = {{"avg_cpu_usage", {{"other", "use{uuid=~`{{.UUIDs}}`} {{.RangeOpen}}"}}}};
  const auto second = *make_tsdb_updater(other, client_);
  units_ = {{.uuid = "a", .start_s = kStartS, .end_s = kStartS + 50000, .watts = 2}};
  ClusterCycle cycle({.id = "two", .manager = "fake"}, std::make_unique<FakeManager>(units_),
                     {updater_.get(), second.get()}, *writer_, hourly());
  ASSERT_TRUE(cycle.catch_up(at(kStartS + 3600), [] { return true; }));
  const store::Unit unit = stored().begin()->second;
  ASSERT_EQ(unit.metrics[Metric::kAvgCpuUsage].size(), 1U);
  EXPECT_TRUE(unit.metrics[Metric::kAvgCpuUsage].find("other"));
  EXPECT_TRUE(unit.metrics[Metric::kTotalCpuEnergyUsageKwh].find("total"));
}

TEST_F(Cycle, DeletesSeriesOnlyWhenNothingIsOwed) {
  tsdb_settings_.labels_to_drop = {"{__name__=\"x\"}"};
  open();
  units_ = {{.uuid = "a", .start_s = kStartS, .end_s = kStartS + 50000, .watts = 2}};
  client_.fate = [](const std::string&) { return out_of_service(); };
  ASSERT_TRUE(catch_up(kStartS + 3600));
  client_.fate = [](const std::string&) { return base::Status(); };
  ASSERT_TRUE(catch_up(kStartS + 7200));
  EXPECT_TRUE(client_.deleted.empty());
  ASSERT_TRUE(ask_again(*writer_, {updater_.get()}, at(kStartS + 72'000), [] { return true; }));
  ASSERT_TRUE(catch_up(kStartS + 10800));
  EXPECT_EQ(client_.deleted.size(), 1U);
}

TEST_F(Cycle, AsksAgainWhatIsDueAndGivesUpForUpdatersThatAreGone) {
  units_ = {{.uuid = "a", .start_s = kStartS, .end_s = kStartS + 50000, .watts = 2}};
  client_.fate = [](const std::string&) { return out_of_service(); };
  ASSERT_TRUE(catch_up(kStartS + 7200));
  EXPECT_EQ(writer_->count_pending("hpc"), 2);
  const std::size_t asked = client_.seen.size();
  ASSERT_TRUE(ask_again(*writer_, {updater_.get()}, at(kStartS + 7300), [] { return true; }));
  // One window was tried; the other was put off without asking.
  EXPECT_EQ(client_.seen.size(), asked + 2);
  ASSERT_TRUE(ask_again(*writer_, {updater_.get()}, at(kStartS + 7301), [] { return true; }));
  EXPECT_EQ(client_.seen.size(), asked + 2);
  ASSERT_TRUE(ask_again(*writer_, {}, at(kStartS + 72'000), [] { return true; }));
  EXPECT_EQ(writer_->count_pending("hpc"), 0);
}

TEST_F(Cycle, LooksBackOverARestartOnAnotherDay) {
  FakeSlurm& slurm = use_slurm();
  ASSERT_TRUE(catch_up(kStartS + 7200 + 300));
  ASSERT_EQ(slurm.seen.size(), 2U);
  // Nothing is known of the time before the first window.
  EXPECT_EQ(slurm.seen[0].horizon, at(kStartS));
  EXPECT_EQ(slurm.seen[1].horizon, at(kStartS));
  EXPECT_EQ(slurm.seen[1].known_until, slurm.seen[1].end + std::chrono::minutes(5));
  cycle_settings_.update_from_ms = (kStartS + 86'400) * 1000;  // "today"
  open();
  FakeSlurm& again = use_slurm();
  ASSERT_TRUE(catch_up(kStartS + 4 * 3600 + 300));
  ASSERT_EQ(again.seen.size(), 2U);
  EXPECT_EQ(again.seen[0].start, at(kStartS + 7200));
  EXPECT_EQ(again.seen[0].horizon, at(kStartS + 3600));
}

TEST_F(Cycle, FindsWhatRanBeforeItsFirstAnswerCameAnotherDay) {
  units_ = {{.uuid = "a", .start_s = kStartS + 100, .end_s = kStartS + 500}};
  use_slurm().fate = out_of_service();
  EXPECT_FALSE(catch_up(kStartS + 3000));
  cycle_settings_.update_from_ms = (kStartS + 2000) * 1000;
  open();
  use_slurm();
  ASSERT_TRUE(catch_up(kStartS + 6000));
  ASSERT_EQ(stored().size(), 1U);
  EXPECT_EQ(stored().begin()->second.metrics[Metric::kTotalTimeSeconds].find("walltime"), 400);
}

// What the series of an id tell belongs to the run that started last, and to none a rate interval after its
// end. However the windows fall, that is counted once.
class RunsOfOneId : public Cycle, public testing::WithParamInterface<unsigned> {};

TEST_P(RunsOfOneId, ShareItsEnergyWhereTheNextStarts) {
  std::mt19937 random(GetParam());
  const auto pick = [&random](std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random);
  };
  for (int id = 0; id < 5; ++id) {
    std::int64_t start = kStartS + pick(0, 3000);
    while (start < kStartS + 20'000) {
      const std::int64_t end = start + pick(1, pick(0, 1) != 0 ? 100 : 4000);
      units_.push_back({.uuid = std::to_string(id),
                        .start_s = start,
                        .end_s = end,
                        .watts = static_cast<double>(pick(1, 500)),
                        .lag_s = 240});
      start = end + pick(0, pick(0, 1) != 0 ? 100 : 1000) + 1;
    }
  }
  use_slurm();
  for (std::int64_t now = kStartS; now < kStartS + 40'000; now += pick(100, 5000))
    ASSERT_TRUE(catch_up(now));
  const auto found = stored();
  EXPECT_EQ(found.size(), units_.size());
  for (const FakeUnit& run : units_) {
    std::int64_t until = run.end_s + run.lag_s;
    for (const FakeUnit& other : units_)
      if (other.uuid == run.uuid && other.start_s > run.start_s) until = std::min(until, other.start_s);
    double joules = 0;
    for (const FakeUnit& other : units_)
      if (other.uuid == run.uuid)
        joules += other.watts * static_cast<double>(other.told_s(run.start_s, until));
    const auto at_key = found.find({run.uuid, run.start_s});
    ASSERT_NE(at_key, found.end());
    EXPECT_NEAR(at_key->second.metrics[Metric::kTotalCpuEnergyUsageKwh].value_or("total", -1), joules, 1e-6)
        << "run of " << run.uuid << " from " << run.start_s - kStartS << " to " << run.end_s - kStartS;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RunsOfOneId, testing::Range(0U, 20U));

// Whatever fails whenever, and however often the server starts anew: in the end the database holds the truth.
class RandomTroubles : public Cycle, public testing::WithParamInterface<unsigned> {};

TEST_P(RandomTroubles, LoseAndDoubleNothing) {
  std::mt19937 random(GetParam());
  const auto chance = [&random](double p) { return std::bernoulli_distribution(p)(random); };
  const auto pick = [&random](std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random);
  };
  // Ids that come back, also under another manager at the same time.
  std::map<std::pair<std::string, std::string>, std::int64_t> free_from;
  for (int i = 0; i < 40; ++i) {
    FakeUnit unit{.manager = chance(0.7) ? "docker" : "podman",
                  .uuid = fmt::format("u.{}", pick(0, 9)),
                  .user = chance(0.5) ? "ann" : "bob",
                  .watts = static_cast<double>(pick(0, 500)),
                  .cpus = static_cast<double>(pick(1, 8))};
    std::int64_t& earliest = free_from[{unit.manager, unit.uuid}];
    // To the second, an id starts once.
    unit.start_s =
        std::max(kStartS + pick(0, 30'000), earliest) + pick(61, 500) * 2 + (unit.manager == "docker");
    unit.end_s = unit.start_s + pick(1, 20'000);
    earliest = unit.end_s;
    units_.push_back(unit);
  }
  bool healthy = false;
  const auto fate = [&](double p) { return healthy || !chance(p) ? base::Status() : out_of_service(); };
  client_.fate = [&](const std::string& query) -> base::Status {
    if (!healthy && chance(0.1)) return base::fail(base::ErrorCode::kInvalid, query, "too many samples");
    return fate(0.2);
  };
  std::int64_t now = kStartS;
  const auto tick = [&] {
    manager_->fate = [&] { return fate(0.3); };
    (void)catch_up(now);
    ASSERT_TRUE(ask_again(*writer_, {updater_.get()}, at(now), [&] { return !chance(0.05); }));
    if (chance(0.2)) open();
  };
  while (now < kStartS + 90'000) {
    now += pick(30, 4'000);
    tick();
  }
  healthy = true;
  for (int i = 0; i < 50; ++i) {
    now += 3'700;
    tick();
  }
  EXPECT_EQ(writer_->count_pending("hpc"), 0);

  const auto found = stored();
  EXPECT_EQ(found.size(), units_.size());
  std::map<std::string, double> energy_of_user;
  for (const FakeUnit& truth : units_) {
    const auto at_key = found.find({truth.uuid, truth.start_s});
    ASSERT_NE(at_key, found.end()) << truth.uuid;
    const store::Unit& unit = at_key->second;
    const auto seconds = static_cast<double>(truth.end_s - truth.start_s);
    EXPECT_EQ(unit.resource_manager, truth.manager);
    EXPECT_EQ(unit.metrics[Metric::kTotalTimeSeconds].find("walltime"), seconds);
    EXPECT_NEAR(unit.metrics[Metric::kTotalCpuEnergyUsageKwh].value_or("total", -1), truth.watts * seconds,
                1e-6)
        << truth.uuid;
    EXPECT_NEAR(unit.metrics[Metric::kAvgCpuUsage].value_or("global", -1),
                truth.use_integral(0, truth.end_s) / seconds, 1e-5)
        << truth.uuid;
    EXPECT_EQ(unit.state, "COMPLETED");
    energy_of_user[truth.user] += truth.watts * seconds;
  }
  const auto usage = store::read_all(reader_->global_usage({}));
  ASSERT_TRUE(usage);
  for (const store::Usage& row : *usage) {
    EXPECT_NEAR(row.metrics[Metric::kTotalCpuEnergyUsageKwh].value_or("total", -1),
                energy_of_user[row.username], 1e-3);
  }
  const auto days = store::read_all(reader_->current_usage(
      {.window = {.from_ms = 0, .to_ms = now * 1000}, .source = store::UsageSource::kDailyUsage}));
  ASSERT_TRUE(days);
  for (const store::Usage& row : *days) {
    EXPECT_NEAR(row.metrics[Metric::kTotalCpuEnergyUsageKwh].value_or("total", -1),
                energy_of_user[row.username], 1e-3);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomTroubles, testing::Range(0U, 15U));

// Jobs that start, end, are requeued under their id, change hands, and whose ids come back; windows and
// queries that fail; servers that start anew between any two steps. Whatever is counted is counted for the
// same people everywhere, at any time and not only in the end.
class RandomSchedules : public Cycle, public testing::WithParamInterface<unsigned> {
 protected:
  // Seconds and joules by user, project or both.
  using Sums = std::map<std::string, std::pair<double, double>>;

  static void add(Sums& sums, const std::string& whose, const store::Metrics& metrics) {
    auto& [seconds, joules] = sums[whose];
    seconds += metrics[Metric::kTotalTimeSeconds].value_or("walltime", 0);
    joules += metrics[Metric::kTotalCpuEnergyUsageKwh].value_or("total", 0);
  }
  template <class Row>
  static void add_row(std::map<std::string, Sums>& sums, const Row& row) {
    add(sums["everybody"], "", row.metrics);
    add(sums["users"], row.username, row.metrics);
    add(sums["projects"], row.project, row.metrics);
    add(sums["both"], row.username + "/" + row.project, row.metrics);
  }

  std::map<std::string, Sums> of_usage(base::Result<std::unique_ptr<store::UsageCursor>> cursor) {
    std::map<std::string, Sums> sums;
    const auto rows = store::read_all(std::move(cursor));
    EXPECT_TRUE(rows);
    if (!rows) return sums;
    for (const store::Usage& row : *rows)
      add_row(sums, row);
    return sums;
  }

  static void expect_same(const std::map<std::string, Sums>& a, const std::map<std::string, Sums>& b) {
    ASSERT_EQ(a.size(), b.size());
    for (const auto& [how, sums] : a) {
      ASSERT_EQ(sums.size(), b.at(how).size()) << how;
      for (const auto& [whose, sum] : sums) {
        ASSERT_TRUE(b.at(how).contains(whose)) << how << " " << whose;
        EXPECT_NEAR(sum.first, b.at(how).at(whose).first, 1e-5) << how << " " << whose;
        EXPECT_NEAR(sum.second, b.at(how).at(whose).second, 1e-3) << how << " " << whose;
      }
    }
  }

  void expect_agreement(std::int64_t now) {
    std::map<std::string, Sums> units;
    for (const auto& [key, unit] : stored())
      add_row(units, unit);
    const store::TimeRange all{.from_ms = 0, .to_ms = (now + 86'400) * 1000};
    expect_same(units, of_usage(reader_->global_usage({})));
    expect_same(units, of_usage(reader_->current_usage({.window = all})));
    expect_same(units,
                of_usage(reader_->current_usage({.window = all, .source = store::UsageSource::kDailyUsage})));
  }
};

TEST_P(RandomSchedules, CountTheSameForUsersProjectsUnitsAndDays) {
  std::mt19937 random(GetParam());
  const auto chance = [&random](double p) { return std::bernoulli_distribution(p)(random); };
  const auto pick = [&random](std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random);
  };
  const std::vector<std::string> users = {"ann", "bob", "eve"};
  for (int id = 0; id < 6; ++id) {
    std::int64_t start = kStartS + pick(0, 20'000);
    while (start < kStartS + 120'000) {
      FakeUnit unit{.uuid = std::to_string(id), .user = users[static_cast<std::size_t>(pick(0, 2))]};
      unit.project = chance(0.5) ? "bio" : "geo";
      unit.start_s = start;
      unit.end_s = start + pick(1, chance(0.3) ? 60'000 : 4'000);
      unit.watts = static_cast<double>(pick(1, 500));
      if (chance(0.4)) {
        unit.heir = users[static_cast<std::size_t>(pick(0, 2))];
        unit.moves_s = unit.start_s + pick(0, unit.end_s - unit.start_s);
      }
      units_.push_back(unit);
      // Requeued at once, or its id comes back later.
      start = unit.end_s + (chance(0.5) ? pick(1, 90) : pick(100, 30'000));
    }
  }
  if (GetParam() % 2 == 1) {
    cycle_settings_.accounting = store::Accounting::kExact;
    cycle_settings_.time_zone = *store::TimeZone::find("Asia/Kolkata");
  }
  const auto start_anew = [this] {
    open();
    use_slurm();
  };
  start_anew();
  bool healthy = false;
  client_.fate = [&](const std::string& query) -> base::Status {
    if (healthy) return {};
    if (chance(0.1)) return base::fail(base::ErrorCode::kInvalid, query, "too many samples");
    return chance(0.3) ? out_of_service() : base::Status();
  };
  std::int64_t now = kStartS;
  for (int step = 0; step < 120; ++step) {
    healthy = step >= 100;
    now += pick(60, 4'000);
    (void)catch_up(now);
    ASSERT_TRUE(ask_again(*writer_, {updater_.get()}, at(now), [&] { return healthy || !chance(0.1); }));
    if (chance(0.3)) {
      ASSERT_TRUE(writer_->advance_rollups());
    }
    if (chance(0.2)) start_anew();
    if (step % 10 == 9) expect_agreement(now);
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomSchedules, testing::Range(0U, 20U));

}  // namespace
}  // namespace ceems::update
