#include "manager/slurm_units.h"

#include <algorithm>
#include <map>
#include <random>
#include <utility>

#include <gtest/gtest.h>

namespace ceems::manager {
namespace {

constexpr std::int64_t kStart = 1'893'456'000;  // s

TimePoint at(std::int64_t second) {
  return TimePoint(std::chrono::seconds(second));
}

Window hour(std::int64_t from_s, std::int64_t look_back_s = 3600) {
  return {.start = at(kStart + from_s),
          .end = at(kStart + from_s + 3600),
          .horizon = at(kStart + from_s - look_back_s)};
}

SlurmJob job(std::string id, std::int64_t start_s, std::int64_t end_s) {
  SlurmJob made;
  made.id = std::move(id);
  made.start_ms = (kStart + start_s) * 1000;
  made.end_ms = end_s == 0 ? 0 : (kStart + end_s) * 1000;
  made.elapsed_seconds = end_s == 0 ? 1'000'000 : end_s - start_s;
  made.state = end_s == 0 ? "RUNNING" : "COMPLETED";
  made.tres = "billing=4,cpu=4,gres/gpu=2,mem=10M,node=1";
  made.nodelist = "n[1-2]";
  return made;
}

KnownUnit known_as(const SlurmJob& job, std::int64_t ended_at_ms = 0, double walltime_seconds = 0) {
  return {.resource_manager = "slurm",
          .uuid = job.id,
          .started_at_ms = job.start_ms,
          .ended_at_ms = ended_at_ms,
          .walltime_seconds = walltime_seconds};
}

std::vector<Unit> units(const std::vector<SlurmJob>& jobs, const Window& window,
                        const std::vector<KnownUnit>& known = {}) {
  return slurm_units(jobs, window, known, MemoryReading::kWhole);
}

TEST(SlurmUnits, TellWhatAJobIs) {
  SlurmJob it = job("7", 100, 1100);
  it.name = "a \"name\"";
  it.account = "physics";
  it.user = "ann";
  it.group = "staff";
  it.uid = 5;
  it.partition = "debug";
  const Unit unit = units({it}, hour(0)).front();
  EXPECT_EQ(unit.resource_manager, "slurm");
  EXPECT_EQ(unit.project, "physics");
  EXPECT_EQ(unit.username, "ann");
  EXPECT_EQ(unit.state, "COMPLETED");
  EXPECT_EQ(unit.allocation, R"({"billing":4,"cpus":4,"gpus":2,"mem":10485760,"nodes":1})");
  EXPECT_EQ(
      unit.tags,
      R"({"exit_code":"","gid":0,"nodelist":"n[1-2]","nodelistexp":"n1|n2","partition":"debug","qos":"",)"
      R"("uid":5,"workdir":""})");
}

TEST(SlurmUnits, CountWhatTheyWereAllocated) {
  const Unit unit = units({job("7", 100, 1100)}, hour(0)).front();
  EXPECT_EQ(unit.time.walltime, 1000);
  EXPECT_EQ(unit.time.cpu_time, 4000);
  EXPECT_EQ(unit.time.cpu_mem_time, 10'000);
  EXPECT_EQ(unit.time.gpu_time, 2000);
  EXPECT_EQ(unit.time.gpu_mem_time, 1000);
}

TEST(SlurmUnits, StandAsTheyDidAtTheEndOfTheWindow) {
  const Unit unit = units({job("7", 100, 5000)}, hour(0)).front();
  EXPECT_EQ(unit.state, "RUNNING");
  EXPECT_EQ(unit.ended_at_ms, 0);
  EXPECT_EQ(unit.elapsed_seconds, 3500);
  EXPECT_EQ(unit.time.walltime, 3500);
}

TEST(SlurmUnits, RunAsLongAsTheirEndIsNotKnown) {
  SlurmJob it = job("7", 100, 0);
  it.state = "COMPLETED";
  EXPECT_EQ(units({it}, hour(0)).front().state, "RUNNING");
  it.state = "SUSPENDED";
  EXPECT_EQ(units({it}, hour(0)).front().state, "SUSPENDED");
}

TEST(SlurmUnits, AreNewsOnceAfterTheirEnd) {
  const SlurmJob it = job("7", 100, 5000);
  const Unit unit = units({it}, hour(3600), {known_as(it)}).front();
  EXPECT_EQ(unit.time.walltime, 1400);
  EXPECT_EQ(unit.ended_at_ms, it.end_ms);
  EXPECT_TRUE(units({it}, hour(7200), {known_as(it, it.end_ms)}).empty());
}

TEST(SlurmUnits, CountInFullWhenTheirRecordCameLate) {
  EXPECT_EQ(units({job("7", 100, 102)}, hour(3600)).front().time.walltime, 2);
}

TEST(SlurmUnits, CountFromTheHorizonWhenTheirRecordCameLateAndTheyRun) {
  EXPECT_EQ(units({job("7", 3000, 0)}, hour(3600)).front().time.walltime, 4200);
  EXPECT_EQ(units({job("7", -5000, 0)}, hour(3600)).front().time.walltime, 7200);
  EXPECT_EQ(units({job("7", 3000, 4000)}, hour(3600)).front().time.walltime, 1000);
}

TEST(SlurmUnits, GiveBackWhatWasCountedPastTheirEnd) {
  const SlurmJob it = job("7", 100, 3000);
  const Unit unit = units({it}, hour(3600), {known_as(it, 0, 3500)}).front();
  EXPECT_EQ(unit.time.walltime, -600);
  EXPECT_EQ(unit.time.cpu_time, -2400);
  EXPECT_EQ(unit.ended_at_ms, it.end_ms);
}

TEST(SlurmUnits, GiveBackNothingOfWhatRanBeforeTheFirstWindow) {
  const SlurmJob it = job("7", -9000, 4000);
  EXPECT_EQ(units({it}, hour(3600), {known_as(it, 0, 3600)}).front().time.walltime, 400);
}

TEST(SlurmUnits, CountFromTheFirstWindowOn) {
  EXPECT_EQ(units({job("7", -500, 100)}, hour(0, 0)).front().time.walltime, 100);
  EXPECT_EQ(units({job("7", -500, 0)}, hour(0, 0)).front().time.walltime, 3600);
  EXPECT_EQ(units({job("7", -500, 0)}, hour(0, 0)).front().elapsed_seconds, 4100);
}

TEST(SlurmUnits, AreLeftOutBeforeTheyStart) {
  EXPECT_TRUE(units({job("7", 3600, 0)}, hour(0)).empty());
  SlurmJob waiting = job("8", 0, 0);
  waiting.start_ms = 0;
  EXPECT_TRUE(units({waiting}, hour(0)).empty());
}

TEST(SlurmUnits, TellRunsOfARequeuedJobApart) {
  const auto both = units({job("7", 100, 200), job("7", 300, 500)}, hour(0));
  ASSERT_EQ(both.size(), 2U);
  EXPECT_EQ(both[0].time.walltime, 100);
  EXPECT_EQ(both[1].time.walltime, 200);
}

TEST(SlurmUnits, KnowTheRunsBesideThem) {
  const auto both =
      units({job("7", 1000, 4000), job("7", 100, 200), job("8", 5, 6), job("7", 300, 500), job("7", 3700, 0)},
            hour(0));
  ASSERT_EQ(both.size(), 4U);
  EXPECT_EQ(both[0].previous_ended_at_ms, (kStart + 500) * 1000);
  // After the window.
  EXPECT_EQ(both[0].next_started_at_ms, (kStart + 3700) * 1000);
  EXPECT_EQ(both[1].previous_ended_at_ms, 0);
  EXPECT_EQ(both[1].next_started_at_ms, (kStart + 300) * 1000);
  EXPECT_EQ(both[2].previous_ended_at_ms, 0);
  EXPECT_EQ(both[2].next_started_at_ms, 0);
}

TEST(SlurmUnits, FollowARunWhoseEndIsNotKnown) {
  const auto both = units({job("7", 100, 0), job("7", 300, 0)}, hour(0));
  EXPECT_EQ(both[1].previous_ended_at_ms, (kStart + 300) * 1000);
}

TEST(SlurmUnits, AreMissedByTheirRun) {
  const SlurmJob first = job("7", 100, 0);
  const SlurmJob second = job("7", 900, 0);
  EXPECT_EQ(vanished({second}, {known_as(first), known_as(second)}), std::vector<std::string>{"7"});
  EXPECT_TRUE(vanished({}, {known_as(first, 5)}).empty());
}

// Any schedule of jobs whose starts and ends are told up to an hour late, cut into any windows, some of which
// fail at first: no second is lost or counted twice.
TEST(SlurmUnits, AddUpToTheWholeLifeOfEachJob) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](std::int64_t limit) {
      return static_cast<std::int64_t>(random() % static_cast<unsigned>(limit));
    };
    std::vector<SlurmJob> jobs;
    // When starts and ends reach the database.
    std::vector<std::int64_t> start_known_s;
    std::vector<std::int64_t> end_known_s;
    const auto delay = [&] { return below(4) == 0 ? below(3000) : 0; };
    for (int i = 0; i < 30; ++i) {
      const std::int64_t start = below(20'000);
      // Few ids: they are used again.
      const std::string id = std::to_string(below(8));
      const bool taken = std::ranges::any_of(
          jobs, [&](const SlurmJob& other) { return other.start_ms == (kStart + start) * 1000; });
      if (taken) continue;
      jobs.push_back(job(id, start, start + 1 + below(below(10) == 0 ? 15'000 : 300)));
      start_known_s.push_back(kStart + start + delay());
      end_known_s.push_back(std::max(start_known_s.back(), jobs.back().end_ms / 1000 + delay()));
    }
    std::map<std::pair<std::string, std::int64_t>, double> counted;
    std::map<std::pair<std::string, std::int64_t>, KnownUnit> database;
    const std::int64_t first = 0;
    for (std::int64_t from = first; from < 45'000;) {
      const std::int64_t to = from + 60 + below(5000);
      const Window window{.start = at(kStart + from),
                          .end = at(kStart + to),
                          .horizon = at(kStart + std::max(first, from - 3600))};
      std::vector<SlurmJob> answer;
      for (std::size_t i = 0; i < jobs.size(); ++i) {
        SlurmJob it = jobs[i];
        if (start_known_s[i] > kStart + to) continue;
        if (end_known_s[i] > kStart + to) it.end_ms = 0;
        if (it.end_ms > 0 && it.end_ms < window.horizon.time_since_epoch().count()) continue;
        answer.push_back(std::move(it));
      }
      std::vector<KnownUnit> known;
      for (const auto& [key, unit] : database)
        if (unit.ended_at_ms == 0 || unit.ended_at_ms > window.horizon.time_since_epoch().count() - 1000)
          known.push_back(unit);
      const auto reported = units(answer, window, known);
      if (below(5) == 0) continue;  // the database was not reached: the window comes again, maybe longer
      for (const Unit& unit : reported) {
        const std::pair key(unit.uuid, unit.started_at_ms);
        counted[key] += unit.time.walltime;
        database[key] = {.resource_manager = "slurm",
                         .uuid = unit.uuid,
                         .started_at_ms = unit.started_at_ms,
                         .ended_at_ms = unit.ended_at_ms,
                         .walltime_seconds = counted[key]};
      }
      from = to;
    }
    for (const SlurmJob& it : jobs) {
      const auto life = static_cast<double>((it.end_ms - it.start_ms) / 1000);
      const std::pair key(it.id, it.start_ms);
      EXPECT_EQ(counted[key], life) << "seed " << seed << ", job " << it.id;
      EXPECT_EQ(database[key].ended_at_ms, it.end_ms) << "seed " << seed << ", job " << it.id;
    }
  }
}

}  // namespace
}  // namespace ceems::manager
