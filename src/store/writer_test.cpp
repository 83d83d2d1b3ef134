#include "store/writer.h"

#include "store/test_database.h"

#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ceems::store {
namespace {

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kStart = 1'893'456'000'000;  // 2030-01-01T00:00:00Z

Unit unit(std::string uuid, double seconds) {
  Unit unit;
  unit.resource_manager = "docker";
  unit.uuid = std::move(uuid);
  unit.name = "web";
  unit.project = "bio";
  unit.username = "ann";
  unit.started_at = "2030-01-01T00:00:01+0000";
  unit.started_at_ts = kStart + 1000;
  unit.state = "RUNNING";
  unit.metrics[Metric::kTotalTimeSeconds] = {{"walltime", seconds}, {"alloc_cputime", 2 * seconds}};
  return unit;
}

class WriterTest : public testing::Test {
 protected:
  // One window of an hour, `number` counting from 0.
  WindowResult window(int number, std::vector<Unit> units) {
    WindowResult result;
    result.cluster_id = "hpc";
    result.manager = "generic";
    result.start_ms = kStart + number * kHourMs;
    result.end_ms = result.start_ms + kHourMs;
    result.units = std::move(units);
    return result;
  }

  void commit(const WindowResult& result) {
    const auto status = writer_->commit_window(result);
    ASSERT_TRUE(status) << status.error().text();
  }

  std::string query(const std::string& sql) { return ask(*connect(writer_->path()), sql); }

  void reopen(TimeZone time_zone = {}, Accounting accounting = Accounting::kLegacy) {
    writer_.reset();
    writer_ = open_writer(directory_.path(), time_zone, accounting);
  }

  TestDirectory directory_;
  std::unique_ptr<Writer> writer_ = open_writer(directory_.path());
};

TEST_F(WriterTest, LeavesOutOnlyWhatTheDatabaseRefuses) {
  ASSERT_TRUE(
      connect(writer_->path())
          ->execute("create trigger refuse before insert on usage when new.username = 'eve' begin select "
                    "raise(abort, 'no'); end"));
  Unit refused = unit("b", 10);
  refused.username = "eve";
  commit(window(0, {unit("a", 100), refused, unit("c", 1)}));
  EXPECT_EQ(query("select group_concat(uuid) from units"), "a,c");
  EXPECT_EQ(query("select group_concat(num_units) from usage"), "2");
  EXPECT_EQ(query("select total_time_seconds from daily_usage"), R"({"alloc_cputime":202,"walltime":101})");
}

TEST_F(WriterTest, AddsWindowsUp) {
  Unit first = unit("a", 100);
  first.metrics[Metric::kTotalCpuEnergyUsageKwh] = {{"total", 0.25}};
  first.metrics[Metric::kMaxCustomStats] = {{"x", 3}};
  Unit second = unit("a", 300);
  second.metrics[Metric::kTotalCpuEnergyUsageKwh] = {{"total", 0.5}, {"other", 1}};
  second.metrics[Metric::kMaxCustomStats] = {{"x", 2}};
  second.state = "COMPLETED";
  second.ended_at_ts = kStart + kHourMs + 1;
  commit(window(0, {first}));
  commit(window(1, {second}));
  EXPECT_EQ(query("select total_time_seconds from units"), R"({"alloc_cputime":800,"walltime":400})");
  EXPECT_EQ(query("select total_cpu_energy_usage_kwh from units"), R"({"other":1,"total":0.75000000})");
  EXPECT_EQ(query("select max_custom_stats from units"), R"({"x":3})");
  EXPECT_EQ(query("select state || num_updates || last_updated_at from units"),
            "COMPLETED12030-01-01T02:00:00");
  for (const char* table : {"usage", "daily_usage"}) {
    EXPECT_EQ(query(fmt::format("select total_cpu_energy_usage_kwh from {}", table)),
              R"({"other":1,"total":0.75000000})");
    EXPECT_EQ(query(fmt::format("select num_units || username || project from {}", table)), "1annbio");
  }
}

TEST_F(WriterTest, WeighsMeansByAllocatedTime) {
  Unit first = unit("a", 100);
  first.metrics[Metric::kAvgCpuUsage] = {{"global", 10}};
  Unit second = unit("a", 300);
  second.metrics[Metric::kAvgCpuUsage] = {{"global", 50}};
  commit(window(0, {first}));
  commit(window(1, {second}));
  EXPECT_EQ(query("select avg_cpu_usage from units"), R"({"global":40})");
  EXPECT_EQ(query("select avg_cpu_usage from usage"), R"({"global":40})");
}

TEST_F(WriterTest, WeighsMeansOfOnesOwnAsItIsTold) {
  writer_.reset();
  writer_ = open_writer(
      directory_.path(), {}, Accounting::kLegacy,
      MeanWeights(MeanWeights::ByName{{"occupancy", "alloc_gputime"}, {"clock", "alloc_cputime"}}));
  Unit first = unit("a", 100);
  first.metrics[Metric::kTotalTimeSeconds].set("alloc_gputime", 100);
  first.metrics[Metric::kAvgCustomStats] = {{"clock", 10}, {"occupancy", 10}, {"other", 10}};
  Unit second = unit("a", 300);
  second.metrics[Metric::kTotalTimeSeconds].set("alloc_cputime", 900);
  second.metrics[Metric::kTotalTimeSeconds].set("alloc_gputime", 0);
  second.metrics[Metric::kAvgCustomStats] = {{"clock", 50}, {"occupancy", 50}, {"other", 50}};
  commit(window(0, {first}));
  commit(window(1, {second}));
  // Over 200 and 900, 100 and 0, 100 and 300.
  const std::string means = R"({"clock":42.72727273,"occupancy":10,"other":40})";
  for (const char* table : {"units", "usage", "daily_usage"})
    EXPECT_EQ(query(fmt::format("select avg_custom_stats from {}", table)), means) << table;
}

TEST_F(WriterTest, KeepsAveragesThatHadOtherWeights) {
  Unit first = unit("a", 100);
  first.metrics[Metric::kAvgCustomStats] = {{"clock", 10}};
  commit(window(0, {first}));
  writer_.reset();
  writer_ = open_writer(directory_.path(), {}, Accounting::kLegacy,
                        MeanWeights(MeanWeights::ByName{{"clock", "alloc_cputime"}}));
  Unit second = unit("a", 100);
  second.metrics[Metric::kTotalTimeSeconds].set("alloc_cputime", 600);
  second.metrics[Metric::kAvgCustomStats] = {{"clock", 50}};
  commit(window(1, {second}));
  EXPECT_EQ(query("select avg_custom_stats from units"), R"({"clock":40})");
}

TEST_F(WriterTest, GivesTheMeanOfAnUnweightedUnitAsItIsOnceAndThenZero) {
  Unit idle = unit("a", 100);
  idle.metrics[Metric::kAvgGpuUsage] = {{"global", 10}};
  commit(window(0, {idle}));
  EXPECT_EQ(query("select avg_gpu_usage from units"), R"({"global":10})");
  commit(window(1, {idle}));
  EXPECT_EQ(query("select avg_gpu_usage from units"), R"({"global":0})");
}

TEST_F(WriterTest, CountsEachUnitOfAnOwnerAsAnUpdateOfHisUsage) {
  commit(window(0, {unit("a", 1), unit("b", 1)}));
  commit(window(1, {unit("a", 1), unit("b", 1)}));
  for (const char* table : {"usage", "daily_usage"})
    EXPECT_EQ(query(fmt::format("select num_updates || total_time_seconds from {}", table)),
              R"(3{"alloc_cputime":8,"walltime":4})");
}

TEST_F(WriterTest, CountsEachUnitOnce) {
  commit(window(0, {unit("a", 1), unit("b", 1)}));
  commit(window(1, {unit("a", 1), unit("b", 1), unit("c", 1)}));
  EXPECT_EQ(query("select num_units from usage"), "3");
}

TEST_F(WriterTest, RefusesAWindowThatWasCountedAlready) {
  const WindowResult result = window(0, {unit("a", 100)});
  commit(result);
  EXPECT_FALSE(writer_->commit_window(result));
  EXPECT_EQ(query("select total_time_seconds ->> 'walltime' from units"), "100");
}

TEST_F(WriterTest, RefusesAWindowThatLeavesAGap) {
  commit(window(0, {}));
  EXPECT_FALSE(writer_->commit_window(window(2, {})));
}

TEST_F(WriterTest, SkipsBlankUnits) {
  commit(window(0, {unit("", 100), unit("a", 100)}));
  EXPECT_EQ(query("select count(*) from units"), "1");
}

TEST_F(WriterTest, FillsInAnOwnerThatWasUnknownAndKeepsOneThatIsKnown) {
  Unit nobody = unit("a", 1);
  nobody.username = nobody.project = "";
  commit(window(0, {nobody}));
  commit(window(1, {unit("a", 1)}));
  EXPECT_EQ(query("select username || project from units"), "annbio");
  Unit other = unit("a", 1);
  other.username = other.project = "bob";
  commit(window(2, {other}));
  EXPECT_EQ(query("select username || project from units"), "annbio");
}

TEST_F(WriterTest, CountsAUnitForItsFirstOwnerEverywhere) {
  commit(window(0, {unit("a", 10)}));
  Unit moved = unit("a", 5);
  moved.username = "bob";
  moved.project = "geo";
  WindowResult second = window(1, {moved});
  second.pending.push_back({.cluster_id = "hpc",
                            .updater_id = "t",
                            .window_end_ms = second.end_ms,
                            .range_start_ms = second.start_ms,
                            .range_end_ms = second.end_ms,
                            .queries = {{Metric::kTotalCpuEnergyUsageKwh, "total"}},
                            .units = {{.key = {.uuid = "a", .started_at = moved.started_at},
                                       .project = moved.project,
                                       .username = moved.username}},
                            .reason = "late"});
  commit(second);
  const auto due = writer_->due_windows(second.end_ms, 1);
  ASSERT_EQ(due->size(), 1U);
  ASSERT_TRUE(writer_->settle({.id = due->front().id,
                               .answers = {{{Metric::kTotalCpuEnergyUsageKwh, "total"}, {{"a", 7}}}},
                               .abandoned = {},
                               .reason = ""}));
  for (const char* table : {"units", "usage", "daily_usage"}) {
    EXPECT_EQ(query(fmt::format("select group_concat(username || project || ' ' || "
                                "json_extract(total_time_seconds, '$.walltime') || ' ' || "
                                "json_extract(total_cpu_energy_usage_kwh, '$.total')) from {}",
                                table)),
              "annbio 15 7")
        << table;
  }
}

TEST_F(WriterTest, TakesAColumnThatIsNotJsonForEmpty) {
  commit(window(0, {unit("a", 100)}));
  ASSERT_TRUE(connect(writer_->path())->execute("update units set total_time_seconds = 'oops'"));
  commit(window(1, {unit("a", 100), unit("b", 100)}));
  EXPECT_EQ(query("select group_concat(total_time_seconds ->> 'walltime') from units"), "100,100");
}

TEST_F(WriterTest, StartsWhereTheClusterEnded) {
  EXPECT_EQ(writer_->window_start("hpc", 77), 77);
  commit(window(0, {unit("a", 1)}));
  EXPECT_EQ(writer_->window_start("hpc", 77), kStart + kHourMs);
  reopen();
  EXPECT_EQ(writer_->window_start("hpc", 77), kStart + kHourMs);
}

TEST_F(WriterTest, StartsANewClusterWhereTheDatabaseEnds) {
  commit(window(0, {unit("a", 1)}));
  EXPECT_EQ(writer_->window_start("other", 77), kStart + kHourMs);
}

TEST_F(WriterTest, RemembersWhereAClusterBegan) {
  EXPECT_EQ(writer_->begin("hpc", kStart), kStart);
  reopen();
  // No window has been written yet, and today is another day.
  EXPECT_EQ(writer_->begin("hpc", kStart + kHourMs), kStart);
  EXPECT_EQ(writer_->window_start("hpc", kStart + kHourMs), kStart);
  commit(window(0, {unit("a", 1)}));
  reopen();
  EXPECT_EQ(writer_->begin("hpc", kStart + kHourMs), kStart);
  EXPECT_EQ(writer_->window_start("hpc", kStart + kHourMs), kStart + kHourMs);
}

TEST_F(WriterTest, BeginsEarlierWhenToldBeforeTheFirstWindow) {
  EXPECT_EQ(writer_->begin("hpc", kStart + kHourMs), kStart + kHourMs);
  EXPECT_EQ(writer_->begin("hpc", kStart), kStart);
  commit(window(0, {unit("a", 1)}));
  EXPECT_EQ(writer_->begin("hpc", 77), kStart);
}

TEST_F(WriterTest, BeginsANewClusterWhereTheDatabaseEnds) {
  commit(window(0, {unit("a", 1)}));
  EXPECT_EQ(writer_->begin("hpc", 77), 0);  // accounted, but nobody remembered since when
  EXPECT_EQ(writer_->begin("other", 77), kStart + kHourMs);
}

TEST_F(WriterTest, DoesNotKnowWhenAnotherProgramBegan) {
  ASSERT_TRUE(connect(writer_->path())
                  ->execute("insert into usage (cluster_id, username, project, last_updated_at) "
                            "values ('hpc', 'ann', 'bio', '2030-01-01T05:00:00')"));
  EXPECT_EQ(writer_->begin("hpc", 77), 0);
  EXPECT_EQ(writer_->window_start("hpc", 77), kStart + 5 * kHourMs);
}

TEST_F(WriterTest, StartsWhereAnotherProgramEnded) {
  ASSERT_TRUE(connect(writer_->path())
                  ->execute("insert into usage (cluster_id, username, project, last_updated_at) "
                            "values ('hpc', 'ann', 'bio', '2030-01-01T05:00:00')"));
  EXPECT_EQ(writer_->window_start("hpc", 77), kStart + 5 * kHourMs);
}

TEST_F(WriterTest, GoesOnBehindAnotherProgramThatRanInBetween) {
  commit(window(0, {unit("a", 1)}));
  ASSERT_TRUE(connect(writer_->path())->execute("update usage set last_updated_at = '2030-01-01T05:00:00'"));
  reopen();
  EXPECT_EQ(writer_->window_start("hpc", 77), kStart + 5 * kHourMs);
}

TEST_F(WriterTest, FallsBackWhenTheStoredTimeCannotBeRead) {
  ASSERT_TRUE(connect(writer_->path())->execute("insert into usage (last_updated_at) values ('yesterday')"));
  EXPECT_EQ(writer_->window_start("hpc", 77), 77);
}

TEST_F(WriterTest, TellsWhichUnitsRun) {
  Unit ended = unit("b", 10);
  ended.ended_at_ts = kStart + 2000;
  Unit other = unit("c", 30);
  other.resource_manager = "podman";
  commit(window(0, {unit("a", 20), ended, other}));
  ASSERT_TRUE(writer_->create_indexes());
  const auto running = writer_->running_units("hpc");
  ASSERT_TRUE(running) << running.error().text();
  ASSERT_EQ(running->size(), 2U);
  EXPECT_EQ((*running)[0].key.uuid, "a");
  EXPECT_EQ((*running)[0].key.started_at, "2030-01-01T00:00:01+0000");
  EXPECT_EQ((*running)[0].started_at_ts, kStart + 1000);
  EXPECT_EQ((*running)[0].walltime_seconds, 20);
  EXPECT_EQ((*running)[1].resource_manager, "podman");
  EXPECT_TRUE(writer_->running_units("elsewhere")->empty());
}

TEST_F(WriterTest, TellsWhichUnitsEndedNotLongAgo) {
  Unit ended = unit("b", 10);
  ended.ended_at_ts = kStart + 2000;
  commit(window(0, {unit("a", 20), ended}));
  const auto both = writer_->running_units("hpc", kStart + 1999);
  ASSERT_TRUE(both) << both.error().text();
  ASSERT_EQ(both->size(), 2U);
  EXPECT_EQ((*both)[0].ended_at_ts, 0);
  EXPECT_EQ((*both)[1].key.uuid, "b");
  EXPECT_EQ((*both)[1].ended_at_ts, kStart + 2000);
  EXPECT_EQ(writer_->running_units("hpc", kStart + 2000)->size(), 1U);
}

TEST_F(WriterTest, MarksDaysAsUtcDaysInLocalTime) {
  reopen(*TimeZone::find("Asia/Kolkata"));
  commit(window(0, {unit("a", 1)}));
  EXPECT_EQ(query("select last_updated_at from daily_usage"), "2030-01-01T05:30:00");
}

TEST_F(WriterTest, MarksLocalDaysExactlyWhenAsked) {
  reopen(*TimeZone::find("Asia/Kolkata"), Accounting::kExact);
  // Ends at local midnight: all of it was in the day before.
  WindowResult result = window(0, {unit("a", 1)});
  result.end_ms = kStart + 18 * kHourMs + kHourMs / 2;
  commit(result);
  EXPECT_EQ(query("select last_updated_at from daily_usage"), "2030-01-01T00:00:00");
}

TEST_F(WriterTest, ReplacesMembershipsThatAreComplete) {
  WindowResult first = window(0, {});
  first.membership = Membership{.users = {{.name = "ann", .projects = {"bio", "art"}}, {.name = "bob"}},
                                .projects = {{.name = "bio", .users = {"ann", "ann"}}}};
  commit(first);
  WindowResult second = window(1, {});
  second.membership = Membership{.users = {{.name = "ann", .projects = {"art"}}}, .projects = {}};
  commit(second);
  EXPECT_EQ(query("select group_concat(name || projects) from users"), R"(ann["art"])");
  EXPECT_EQ(query("select count(*) from projects"), "0");
  EXPECT_EQ(query("select resource_manager || last_updated_at from users"), "generic2030-01-01T02:00:00");
}

TEST_F(WriterTest, KeepsMembershipsThatAreNotKnownThisTime) {
  WindowResult first = window(0, {});
  first.membership = Membership{.users = {{.name = "ann", .projects = {"bio"}}}};
  commit(first);
  commit(window(1, {}));
  EXPECT_EQ(query("select count(*) from users"), "1");
}

TEST_F(WriterTest, MergesMembershipsAndForgetsWhoHasNoUnitLeft) {
  WindowResult first = window(0, {unit("a", 1)});
  first.units[0].ended_at_ts = kStart + 5000;
  first.membership = Membership{.users = {{.name = "ann", .projects = {"bio"}}},
                                .projects = {{.name = "bio", .users = {"ann"}}},
                                .complete = false};
  commit(first);
  WindowResult second = window(1, {unit("b", 1)});
  second.units[0].username = "bob";
  second.membership = Membership{.users = {{.name = "bob", .projects = {"bio"}}},
                                 .projects = {{.name = "bio", .users = {"bob"}}},
                                 .complete = false};
  commit(second);
  EXPECT_EQ(query("select users from projects"), R"(["ann","bob"])");
  ASSERT_TRUE(writer_->purge(kStart + 10 * 24 * kHourMs, 5));
  EXPECT_EQ(query("select users from projects"), R"(["bob"])");
  EXPECT_EQ(query("select group_concat(name) from users"), "bob");
}

TEST_F(WriterTest, RemovesAdministratorsWhomTheirSourceNoLongerNames) {
  ASSERT_TRUE(writer_->replace_admins("ceems", {"root", "ops", ""}, kStart));
  ASSERT_TRUE(writer_->replace_admins("grafana", {"ops", "eve"}, kStart));
  EXPECT_EQ(query("select group_concat(name || tags) from (select * from admin_users order by name)"),
            R"(eve["grafana"],ops["grafana"],root["ceems"])");
  ASSERT_TRUE(writer_->replace_admins("ceems", {"root", "ops"}, kStart));
  ASSERT_TRUE(writer_->replace_admins("grafana", {}, kStart));
  EXPECT_EQ(query("select group_concat(name || tags) from (select * from admin_users order by name)"),
            R"(ops["ceems"],root["ceems"])");
}

TEST_F(WriterTest, PurgesWhatEndedBeforeTheRetentionAndNothingElse) {
  Unit old = unit("old", 1);
  old.ended_at_ts = kStart + 1000;
  Unit recent = unit("recent", 1);
  recent.ended_at_ts = kStart + 3 * 24 * kHourMs;
  recent.username = "bob";
  commit(window(0, {old, recent, unit("running", 1)}));
  ASSERT_TRUE(
      connect(writer_->path())
          ->execute("update usage set last_updated_at = '2030-01-09T00:00:00' where username = 'bob'"));
  // Midnight of the third is the limit.
  ASSERT_TRUE(writer_->purge(kStart + 4 * 24 * kHourMs + 7 * kHourMs, 2));
  EXPECT_EQ(query("select group_concat(uuid) from units"), "recent,running");
  EXPECT_EQ(query("select group_concat(username) from usage"), "bob");
  EXPECT_EQ(query("select count(*) from daily_usage"), "0");
}

TEST_F(WriterTest, IsDurableAcrossPowerLoss) {
  EXPECT_EQ(query("pragma journal_mode"), "wal");
}

}  // namespace
}  // namespace ceems::store
