#include "collector/runner.h"

#include "collector/fake_collector_test.h"
#include "exposition/page.h"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ceems::collector {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using Clock = CollectorRunner::Clock;
constexpr std::chrono::hours kNever{1};
constexpr std::chrono::milliseconds kSoon{60};

class RunnerTest : public ::testing::Test {
 protected:
  std::shared_ptr<FakeControl> add(const std::string& name) {
    auto control = std::make_shared<FakeControl>();
    collectors_.push_back(std::make_unique<FakeCollector>(name, control));
    controls_.push_back(control);
    return control;
  }
  CollectorRunner& runner() {
    if (!runner_) runner_ = std::make_unique<CollectorRunner>(std::move(collectors_));
    return *runner_;
  }
  std::string page() {
    exposition::Emitter emitter;
    runner().emit(emitter);
    std::string text;
    exposition::PageBuilder builder;
    EXPECT_TRUE(builder.build(emitter, text).empty());
    return text;
  }
  std::string collect(Clock::duration time) {
    runner().collect(Clock::now() + time);
    return page();
  }
  ~RunnerTest() override {
    for (const auto& control : controls_)
      control->release();
    if (runner_) {
      EXPECT_TRUE(runner_->stop(kNever));
    }
  }

 private:
  std::vector<std::unique_ptr<Collector>> collectors_;
  std::vector<std::shared_ptr<FakeControl>> controls_;
  std::unique_ptr<CollectorRunner> runner_;
};

std::string success(const std::string& name, int value) {
  return "ceems_scrape_collector_success{collector=\"" + name + "\"} " + std::to_string(value) + "\n";
}

TEST_F(RunnerTest, EmitsWhatTheCollectorsFound) {
  add("one");
  add("two");
  const std::string text = collect(kNever);
  EXPECT_THAT(text, HasSubstr("\nfake_one_reads 1\n"));
  EXPECT_THAT(text, HasSubstr("\nfake_two_reads 1\n"));
  EXPECT_THAT(text, HasSubstr(success("one", 1)));
  EXPECT_THAT(text,
              HasSubstr("ceems_scrape_collector_duration_seconds{collector=\"two\",subcollector=\"\"} "));
  EXPECT_THAT(text,
              HasSubstr("ceems_exporter_collector_last_success_timestamp_seconds{collector=\"one\"} 1."));
  EXPECT_THAT(text, HasSubstr("ceems_exporter_collector_late_total{collector=\"one\"} 0\n"));
}

TEST_F(RunnerTest, RunsQuickCollectorsOnOneThreadAndKeepsIt) {
  const auto one = add("one");
  const auto two = add("two");
  collect(kNever);
  const std::thread::id first = one->thread;
  EXPECT_EQ(two->thread, first);
  EXPECT_NE(first, std::this_thread::get_id());
  collect(kNever);
  EXPECT_EQ(one->thread, first);
}

TEST_F(RunnerTest, ReportsAFailedCollectorAndLeavesItsMetricsOut) {
  const auto bad = add("bad");
  add("good");
  bad->result = base::fail(base::ErrorCode::kUnavailable, "/dev/meter", "no answer");
  const std::string text = collect(kNever);
  EXPECT_THAT(text, HasSubstr(success("bad", 0)));
  EXPECT_THAT(text, Not(HasSubstr("fake_bad_reads")));
  EXPECT_THAT(text, Not(HasSubstr("last_success_timestamp_seconds{collector=\"bad\"}")));
  EXPECT_THAT(text, HasSubstr(success("good", 1)));
  bad->result = {};
  EXPECT_THAT(collect(kNever), HasSubstr(success("bad", 1)));
}

TEST_F(RunnerTest, CountsACollectorWithoutDataAsNotSuccessful) {
  add("empty")->result = base::fail(base::ErrorCode::kNoData, "", "nothing here");
  EXPECT_THAT(collect(kNever), HasSubstr(success("empty", 0)));
}

TEST_F(RunnerTest, AStuckCollectorCostsOnlyItself) {
  const auto stuck = add("stuck");
  add("good");
  stuck->hold();
  const std::string text = collect(kSoon);
  EXPECT_THAT(text, HasSubstr(success("stuck", 0)));
  EXPECT_THAT(text, HasSubstr("ceems_exporter_collector_late_total{collector=\"stuck\"} 1\n"));
  EXPECT_THAT(text, HasSubstr(success("good", 1)));
  EXPECT_THAT(text, HasSubstr("\nfake_good_reads 1\n"));
}

TEST_F(RunnerTest, SkipsACollectorThatIsStillBusy) {
  const auto stuck = add("stuck");
  add("good");
  stuck->hold();
  collect(kSoon);
  const std::string text = collect(kNever);  // returns although the stuck one never does
  EXPECT_THAT(text, HasSubstr("ceems_exporter_collector_late_total{collector=\"stuck\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("\nfake_good_reads 2\n"));
  EXPECT_EQ(stuck->entries(), 1);
}

TEST_F(RunnerTest, NeverEmitsWhatCameTooLateAndGoesOnAfterwards) {
  const auto stuck = add("stuck");
  stuck->hold();
  EXPECT_THAT(collect(kSoon), Not(HasSubstr("fake_stuck_reads")));
  stuck->release();
  stuck->wait_until_left(1);
  std::string text = page();
  EXPECT_THAT(text, Not(HasSubstr("fake_stuck_reads")));
  // Its thread may need a moment to report itself free.
  while (text.find(success("stuck", 1)) == std::string::npos)
    text = collect(kNever);
  EXPECT_THAT(text, HasSubstr("\nfake_stuck_reads 2\n"));
}

TEST_F(RunnerTest, EndsEarlierWhenHurried) {
  const auto stuck = add("stuck");
  stuck->hold();
  std::thread other([&] {
    stuck->wait_until_entered(1);
    runner().hurry(Clock::now());
  });
  runner();
  const std::string text = collect(kNever);
  other.join();
  EXPECT_THAT(text, HasSubstr(success("stuck", 0)));
}

TEST_F(RunnerTest, ReportsPartsAndManagersOfACollector) {
  const auto units = add("units");
  units->outcomes = {{"slurm", "", 0.5, true}, {"docker", "", 0.25, false}, {"slurm", "perf", 0.125, false}};
  const std::string text = collect(kNever);
  EXPECT_THAT(
      text,
      HasSubstr("ceems_scrape_collector_duration_seconds{collector=\"docker\",subcollector=\"\"} 0.25\n"
                "ceems_scrape_collector_duration_seconds{collector=\"slurm\",subcollector=\"\"} 0.5\n"
                "ceems_scrape_collector_duration_seconds{collector=\"slurm\",subcollector=\"perf\"} 0.125\n"
                "ceems_scrape_collector_duration_seconds{collector=\"units\",subcollector=\"\"} "));
  EXPECT_THAT(text, HasSubstr(success("docker", 0) + success("slurm", 1) + success("units", 1)));
  EXPECT_THAT(text,
              HasSubstr("ceems_scrape_subcollector_success{collector=\"slurm\",subcollector=\"perf\"} 0\n"));
}

TEST_F(RunnerTest, LetsACollectorSpeakForItself) {
  const auto units = add("units");
  units->outcomes = {{"units", "", 7, false}};
  const std::string text = collect(kNever);
  EXPECT_THAT(text, HasSubstr(success("units", 0)));
  EXPECT_THAT(text, HasSubstr("duration_seconds{collector=\"units\",subcollector=\"\"} 7\n"));
}

TEST_F(RunnerTest, WorksWithoutCollectors) {
  EXPECT_EQ(collect(kNever), "");
}

TEST_F(RunnerTest, ReportsEveryCollectorThatALateOneStandsFor) {
  const auto both = add("slurm");
  both->names = {"slurm", "generic"};
  both->outcomes = {{"slurm", "", 1, true}, {"generic", "", 1, true}};
  std::string text = collect(kNever);
  EXPECT_THAT(text, HasSubstr(success("slurm", 1)));
  EXPECT_THAT(text, HasSubstr(success("generic", 1)));
  both->hold();
  text = collect(kSoon);
  EXPECT_THAT(text, HasSubstr(success("slurm", 0)));
  EXPECT_THAT(text, HasSubstr(success("generic", 0)));
}

TEST_F(RunnerTest, TakesACollectorAtItsWordThatItFailed) {
  const auto one = add("one");
  one->outcomes = {{"one", "", 0.5, false}};
  const std::string text = collect(kNever);
  EXPECT_THAT(text, HasSubstr(success("one", 0)));
  EXPECT_THAT(text, HasSubstr("\nfake_one_reads 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("last_success_timestamp_seconds{collector=\"one\"}")));
}

TEST(RunnerStopTest, SaysThatACollectorLeftAThreadBehind) {
  const auto control = std::make_shared<FakeControl>();
  control->leaves_thread_behind = true;
  std::vector<std::unique_ptr<Collector>> collectors;
  collectors.push_back(std::make_unique<FakeCollector>("one", control));
  CollectorRunner runner(std::move(collectors));
  EXPECT_FALSE(runner.stop(kNever));
  EXPECT_EQ(control->stopped, 1);
}

TEST(RunnerStopTest, StopsEachCollectorOnceButNotAStuckOne) {
  const auto stuck = std::make_shared<FakeControl>();
  const auto good = std::make_shared<FakeControl>();
  std::vector<std::unique_ptr<Collector>> collectors;
  collectors.push_back(std::make_unique<FakeCollector>("stuck", stuck));
  collectors.push_back(std::make_unique<FakeCollector>("good", good));
  stuck->hold();
  {
    CollectorRunner runner(std::move(collectors));
    runner.collect(Clock::now() + kSoon);
    EXPECT_FALSE(runner.stop(std::chrono::milliseconds(1)));
    EXPECT_TRUE(runner.stop(kNever));
  }
  EXPECT_EQ(good->stopped, 1);
  EXPECT_EQ(stuck->stopped, 0);
  stuck->release();  // its thread ends after the runner is gone
  stuck->wait_until_left(1);
}

}  // namespace
}  // namespace ceems::collector
