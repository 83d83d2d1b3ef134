#include "manager/generic.h"

#include "manager/fake_tsdb.h"

#include <map>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ceems::manager {
namespace {

constexpr std::int64_t kStart = 1'893'456'000'000;
constexpr std::int64_t kStep = 15'000;

// A small site: what runs where is changed by the test, and scraped as time goes by.
class Generic : public testing::Test {
 protected:
  struct Workload {
    std::string manager = "docker";
    std::string user = "ann";
    double cpus = 2;
    double memory = 1048576.0 * 64;
  };

  // Scrapes every host every 15 s until then. Hosts are a little apart from each other.
  void run_until(std::int64_t time_ms) {
    for (; now_ < time_ms; now_ += kStep) {
      if (prometheus_is_down_) continue;
      std::int64_t offset = 1'000;
      for (const auto& [host, workloads] : hosts_) {
        scrape(now_ + offset, host, workloads);
        offset += 2'345;
      }
    }
  }

  void scrape(std::int64_t time_ms, const std::string& host,
              const std::map<std::string, Workload>& workloads) {
    std::vector<std::pair<std::string, std::map<std::string, std::string>>> series;
    std::vector<double> values;
    for (const auto& [uuid, work] : workloads) {
      const std::map<std::string, std::string> labels = {
          {"manager", work.manager}, {"uuid", uuid}, {"hostname", host}, {"cgrouphostname", host}};
      auto info = labels;
      info["name"] = "name-of-" + uuid;
      info["user"] = work.user;
      info["project"] = "bio";
      series.emplace_back("ceems_compute_unit_info", info);
      values.push_back(1);
      series.emplace_back("ceems_compute_unit_cpus", labels);
      values.push_back(work.cpus);
      series.emplace_back("ceems_compute_unit_memory_total_bytes", labels);
      values.push_back(work.memory);
    }
    tsdb_.scrape(time_ms, host, series, values, records_up_);
  }

  // What the manager reports for the window up to then; keeps the books as the database does.
  std::vector<Unit> window_until(std::int64_t end_ms) {
    const Window window = {TimePoint(Milliseconds(window_start_)), TimePoint(Milliseconds(end_ms))};
    std::vector<KnownUnit> known;
    for (const auto& [key, unit] : books_)
      if (unit.ended_at_ms == 0)
        known.push_back({.resource_manager = unit.resource_manager,
                         .uuid = unit.uuid,
                         .name = unit.name,
                         .project = unit.project,
                         .username = unit.username,
                         .started_at_ms = unit.started_at_ms,
                         .walltime_seconds = unit.time.walltime,
                         .allocation = unit.allocation,
                         .tags = unit.tags});
    auto units = manager_->fetch_units(window, known);
    EXPECT_TRUE(units) << units.error().text();
    if (!units) return {};
    window_start_ = end_ms;
    for (const Unit& unit : *units) {
      const auto key = std::pair(unit.uuid, unit.started_at_ms / 1000);
      auto [at, inserted] = books_.try_emplace(key, unit);
      if (inserted) continue;
      EXPECT_EQ(at->second.resource_manager, unit.resource_manager);
      const AllocatedTime before = at->second.time;
      at->second = unit;
      at->second.time.walltime += before.walltime;
      at->second.time.cpu_time += before.cpu_time;
    }
    return *std::move(units);
  }

  std::int64_t now_ = kStart;
  std::int64_t window_start_ = kStart;
  bool prometheus_is_down_ = false;
  bool records_up_ = true;
  std::map<std::string, std::map<std::string, Workload>> hosts_ = {{"h1", {}}};
  FakeTsdb tsdb_;
  std::unique_ptr<Manager> manager_ = make_generic_manager({}, tsdb_);
  std::map<std::pair<std::string, std::int64_t>, Unit> books_;
};

constexpr std::int64_t kMinute = 60'000;

TEST_F(Generic, ReportsAUnitFromItsFirstSample) {
  run_until(kStart + 2 * kMinute);
  hosts_["h1"]["a"] = {};
  run_until(kStart + 15 * kMinute);
  const auto units = window_until(kStart + 15 * kMinute);
  ASSERT_EQ(units.size(), 1U);
  const Unit& unit = units[0];
  EXPECT_EQ(unit.uuid, "a");
  EXPECT_EQ(unit.resource_manager, "docker");
  EXPECT_EQ(unit.name, "name-of-a");
  EXPECT_EQ(unit.username, "ann");
  EXPECT_EQ(unit.project, "bio");
  EXPECT_EQ(unit.started_at_ms, kStart + 2 * kMinute + 1'000);
  EXPECT_EQ(unit.created_at_ms, unit.started_at_ms);
  EXPECT_EQ(unit.ended_at_ms, 0);
  EXPECT_EQ(unit.state, "RUNNING");
  EXPECT_EQ(unit.allocation, R"({"cpus":2,"mem":67108864,"nodes":1})");
  EXPECT_EQ(unit.tags, R"({"nodelist":"h1","nodelistexp":"h1"})");
  EXPECT_EQ(unit.elapsed_seconds, 13 * 60 - 15);
  EXPECT_EQ(unit.time.walltime, 13 * 60 - 15);
  EXPECT_EQ(unit.time.cpu_time, 2 * (13 * 60 - 15));
  EXPECT_EQ(unit.time.cpu_mem_time, 64 * (13 * 60 - 15));
}

TEST_F(Generic, EndsAUnitWithItsLastSample) {
  hosts_["h1"]["a"] = {};
  run_until(kStart + 5 * kMinute);
  hosts_["h1"].clear();
  run_until(kStart + 15 * kMinute);
  const auto units = window_until(kStart + 15 * kMinute);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(units[0].state, "COMPLETED");
  EXPECT_EQ(units[0].ended_at_ms, kStart + 5 * kMinute - kStep + 1'000);
  EXPECT_EQ(units[0].time.walltime, 5 * 60 - 15);
}

TEST_F(Generic, LetsAUnitRunForTwoScrapesThatDoNotSeeIt) {
  hosts_["h1"]["a"] = {};
  run_until(kStart + 15 * kMinute - 2 * kStep);
  hosts_["h1"].clear();
  run_until(kStart + 30 * kMinute);
  EXPECT_EQ(window_until(kStart + 15 * kMinute)[0].state, "RUNNING");
  const auto units = window_until(kStart + 30 * kMinute);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(units[0].state, "COMPLETED");
  EXPECT_EQ(units[0].ended_at_ms, kStart + 15 * kMinute - 3 * kStep + 1'000);
  EXPECT_EQ(units[0].username, "ann");
  EXPECT_EQ(units[0].time.walltime, 0);
  EXPECT_TRUE(window_until(kStart + 31 * kMinute).empty());
}

TEST_F(Generic, KeepsTheStartOverManyWindows) {
  hosts_["h1"]["a"] = {};
  run_until(kStart + 61 * kMinute);
  for (int i = 1; i <= 12; ++i)
    window_until(kStart + i * 5 * kMinute + 777);
  ASSERT_EQ(books_.size(), 1U);
  const Unit& unit = books_.begin()->second;
  EXPECT_EQ(unit.started_at_ms, kStart + 1'000);
  EXPECT_EQ(unit.time.walltime, static_cast<double>(unit.elapsed_seconds));
}

TEST_F(Generic, CountsAnIdThatComesBackAsAnotherUnit) {
  hosts_["h1"]["a"] = {};
  run_until(kStart + 4 * kMinute);
  hosts_["h1"].clear();
  run_until(kStart + 6 * kMinute);
  hosts_["h1"]["a"] = {};
  run_until(kStart + 15 * kMinute);
  const auto units = window_until(kStart + 15 * kMinute);
  ASSERT_EQ(units.size(), 2U);
  EXPECT_EQ(units[0].ended_at_ms, kStart + 4 * kMinute - kStep + 1'000);
  EXPECT_EQ(units[1].started_at_ms, kStart + 6 * kMinute + 1'000);
  EXPECT_EQ(units[1].ended_at_ms, 0);
  EXPECT_EQ(units[0].time.walltime, 4 * 60 - 15);
}

TEST_F(Generic, CountsAnIdThatComesBackInTheNextWindowAsAnotherUnit) {
  hosts_["h1"]["a"] = {};
  run_until(kStart + 15 * kMinute - kStep);
  hosts_["h1"].clear();
  run_until(kStart + 16 * kMinute);
  hosts_["h1"]["a"] = {};
  run_until(kStart + 30 * kMinute);
  EXPECT_EQ(window_until(kStart + 15 * kMinute).size(), 1U);
  EXPECT_EQ(window_until(kStart + 30 * kMinute).size(), 2U);
  EXPECT_EQ(books_.size(), 2U);
}

TEST_F(Generic, ForgivesAScrapeThatFailed) {
  hosts_["h1"]["a"] = {};
  run_until(kStart + 4 * kMinute);
  const auto saved = hosts_["h1"];
  hosts_["h1"].clear();
  run_until(kStart + 4 * kMinute + kStep);
  hosts_["h1"] = saved;
  run_until(kStart + 15 * kMinute);
  EXPECT_EQ(window_until(kStart + 15 * kMinute).size(), 1U);
}

TEST_F(Generic, EndsNobodyWhileTheTsdbIsDown) {
  hosts_["h1"]["a"] = {};
  run_until(kStart + 4 * kMinute);
  prometheus_is_down_ = true;
  run_until(kStart + 50 * kMinute);
  prometheus_is_down_ = false;
  run_until(kStart + 60 * kMinute);
  EXPECT_EQ(window_until(kStart + 15 * kMinute).size(), 1U);
  EXPECT_TRUE(window_until(kStart + 30 * kMinute).empty());
  EXPECT_TRUE(window_until(kStart + 45 * kMinute).empty());
  EXPECT_EQ(window_until(kStart + 60 * kMinute).size(), 1U);
  ASSERT_EQ(books_.size(), 1U);
  EXPECT_EQ(books_.begin()->second.ended_at_ms, 0);
  EXPECT_EQ(books_.begin()->second.elapsed_seconds, 60 * 60 - 15);
}

TEST_F(Generic, ForgivesAnOutageInsideAWindow) {
  hosts_["h1"]["a"] = {};
  run_until(kStart + 4 * kMinute);
  prometheus_is_down_ = true;
  run_until(kStart + 9 * kMinute);
  prometheus_is_down_ = false;
  run_until(kStart + 15 * kMinute);
  EXPECT_EQ(window_until(kStart + 15 * kMinute).size(), 1U);
}

TEST_F(Generic, EndsUnitsOfAHostThatIsNoTargetAnyMore) {
  hosts_["h1"]["a"] = {};
  hosts_["h2"]["b"] = {};
  run_until(kStart + 10 * kMinute);
  hosts_.erase("h1");
  run_until(kStart + 30 * kMinute);
  EXPECT_EQ(window_until(kStart + 10 * kMinute).size(), 2U);
  window_until(kStart + 30 * kMinute);
  EXPECT_EQ(books_.begin()->second.uuid, "a");
  EXPECT_EQ(books_.begin()->second.ended_at_ms, kStart + 10 * kMinute - kStep + 1'000);
}

TEST_F(Generic, GoesByTheClockWhereScrapesAreNotRecorded) {
  records_up_ = false;
  hosts_["h1"]["a"] = {};
  hosts_["h2"]["b"] = {};
  run_until(kStart + 5 * kMinute);
  hosts_["h1"].clear();
  run_until(kStart + 15 * kMinute);
  const auto units = window_until(kStart + 15 * kMinute);
  ASSERT_EQ(units.size(), 2U);
  EXPECT_EQ(units[0].state, "COMPLETED");
  EXPECT_EQ(units[1].state, "RUNNING");
}

TEST_F(Generic, BelievesHowOftenATargetIsReallyScraped) {
  // The global interval is not that of the job.
  tsdb_.scrape_interval_ms = 5'000;
  hosts_["h1"]["a"] = {};
  run_until(kStart + 15 * kMinute);
  const auto units = window_until(kStart + 15 * kMinute);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(units[0].time.walltime, 15 * 60 - 15);
}

TEST_F(Generic, JoinsHosts) {
  hosts_["h1"]["a"] = {};
  hosts_["h2"]["a"] = {.cpus = 4};
  run_until(kStart + 5 * kMinute);
  hosts_["h1"].clear();
  run_until(kStart + 15 * kMinute);
  const auto units = window_until(kStart + 15 * kMinute);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(units[0].allocation, R"({"cpus":6,"mem":134217728,"nodes":2})");
  EXPECT_EQ(units[0].tags, R"({"nodelist":"h1,h2","nodelistexp":"h1|h2"})");
  EXPECT_EQ(units[0].state, "RUNNING");
}

TEST_F(Generic, KeepsIdsOfDifferentManagersApart) {
  hosts_["h1"]["a"] = {.manager = "docker"};
  hosts_["h2"]["a"] = {.manager = "podman", .user = "bob"};
  run_until(kStart + 15 * kMinute);
  const auto units = window_until(kStart + 15 * kMinute);
  ASSERT_EQ(units.size(), 2U);
  EXPECT_EQ(units[0].resource_manager, "docker");
  EXPECT_EQ(units[1].resource_manager, "podman");
  // Different also to the second, which is how the database tells units apart.
  EXPECT_NE(units[0].started_at_ms / 1000, units[1].started_at_ms / 1000);
}

TEST_F(Generic, MovesUnitsApartThatAgreeInIdAndStart) {
  for (const char* manager : {"docker", "podman"}) {
    hosts_["h1"] = {{"a", {.manager = manager}}};
    for (std::int64_t t = kStart; t < kStart + 15 * kMinute; t += kStep)
      scrape(t + 1'000, manager, hosts_["h1"]);
  }
  hosts_.clear();
  const auto units = window_until(kStart + 15 * kMinute);
  ASSERT_EQ(units.size(), 2U);
  EXPECT_EQ(units[0].started_at_ms, kStart + 1'000);
  EXPECT_EQ(units[1].started_at_ms, kStart + 2'000);
  EXPECT_EQ(books_.size(), 2U);
}

TEST_F(Generic, TellsWhoBelongsToWhat) {
  hosts_["h1"]["a"] = {};
  hosts_["h1"]["b"] = {.user = "bob"};
  hosts_["h1"]["c"] = {.user = ""};
  run_until(kStart + 5 * kMinute);
  window_until(kStart + 5 * kMinute);
  const auto membership = manager_->fetch_membership(TimePoint(Milliseconds(now_)));
  ASSERT_TRUE(membership);
  EXPECT_FALSE(membership->complete);
  ASSERT_EQ(membership->users.size(), 2U);
  EXPECT_EQ(membership->users[0].name, "ann");
  EXPECT_EQ(membership->users[0].belongs_to, std::vector<std::string>{"bio"});
  ASSERT_EQ(membership->projects.size(), 1U);
  EXPECT_EQ(membership->projects[0].belongs_to, (std::vector<std::string>{"ann", "bob"}));
}

TEST_F(Generic, LooksOnlyAtSeriesThatMatch) {
  hosts_["h1"]["a"] = {.manager = "docker"};
  hosts_["h1"]["b"] = {.manager = "podman"};
  run_until(kStart + 5 * kMinute);
  manager_ = make_generic_manager({.matchers = {"manager=\"podman\""}}, tsdb_);
  const auto units = window_until(kStart + 5 * kMinute);
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(units[0].uuid, "b");
}

TEST_F(Generic, FailsAsAWholeWhicheverQuestionFails) {
  hosts_["h1"]["a"] = {};
  run_until(kStart + 5 * kMinute);
  const Window window = {TimePoint(Milliseconds(kStart)), TimePoint(Milliseconds(kStart + 5 * kMinute))};
  tsdb_.questions = 0;
  ASSERT_TRUE(manager_->fetch_units(window, {}));
  const int questions = tsdb_.questions;
  for (int failing = 1; failing <= questions; ++failing) {
    tsdb_.fail_at = tsdb_.questions + failing;
    EXPECT_FALSE(manager_->fetch_units(window, {})) << failing;
  }
}

TEST_F(Generic, TakesStrangeIds) {
  hosts_["h1"]["a.b|c\\d"] = {};
  run_until(kStart + 4 * kMinute);
  hosts_["h1"].clear();
  run_until(kStart + 6 * kMinute);
  hosts_["h1"]["a.b|c\\d"] = {};
  run_until(kStart + 15 * kMinute);
  EXPECT_EQ(window_until(kStart + 15 * kMinute).size(), 2U);
}

// Whatever comes and goes, and wherever windows are cut: each unit that was there is reported, once, with the
// time that it was seen.
class Churn : public Generic, public testing::WithParamInterface<unsigned> {};

TEST_P(Churn, AddsUpToWhatWasThere) {
  std::mt19937 random(GetParam());
  const auto pick = [&random](int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(random);
  };
  struct Truth {
    std::int64_t first = 0;
    std::int64_t last = 0;
  };
  std::map<std::string, std::vector<Truth>> truth;
  std::map<std::string, int> absent_for;
  hosts_["h2"] = {};
  for (int step = 0; step < 400; ++step) {
    for (const char* uuid : {"a", "b", "c", "d"}) {
      auto& host = hosts_[uuid[0] < 'c' ? "h1" : "h2"];
      const bool there = host.contains(uuid);
      // Away for more than two scrapes or not at all: what is in between is open to interpretation.
      if (there && pick(0, 30) == 0) {
        host.erase(uuid);
        absent_for[uuid] = 0;
      } else if (!there && (++absent_for[uuid] > 3 || truth[uuid].empty()) && pick(0, 8) == 0) {
        host[uuid] = {};
        truth[uuid].push_back({});
      }
      if (!host.contains(uuid)) continue;
      Truth& unit = truth[uuid].back();
      const std::int64_t time = now_ + (uuid[0] < 'c' ? 1'000 : 3'345);
      if (unit.first == 0) unit.first = time;
      unit.last = time;
    }
    run_until(now_ + kStep);
  }
  hosts_["h1"].clear();
  hosts_["h2"].clear();
  run_until(now_ + 10 * kStep);
  while (window_start_ < now_)
    window_until(std::min<std::int64_t>(window_start_ + pick(60, 1200) * 1000, now_));
  std::size_t units = 0;
  for (const auto& [uuid, lives] : truth) {
    for (const Truth& life : lives) {
      ++units;
      const auto found = books_.find({uuid, life.first / 1000});
      ASSERT_NE(found, books_.end()) << uuid << " at " << life.first - kStart;
      const std::int64_t seconds = (life.last - life.first) / 1000;
      EXPECT_EQ(found->second.elapsed_seconds, seconds);
      EXPECT_EQ(found->second.time.walltime, static_cast<double>(seconds));
      EXPECT_EQ(found->second.time.cpu_time, 2.0 * static_cast<double>(seconds));
      EXPECT_EQ(found->second.state, "COMPLETED");
    }
  }
  EXPECT_EQ(books_.size(), units);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Churn, testing::Range(0U, 12U));

}  // namespace
}  // namespace ceems::manager
