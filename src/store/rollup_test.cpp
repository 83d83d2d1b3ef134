// Sums beside rows: whatever happened to the rows, an answer made from the sums is the answer made from the
// rows.
#include "store/rollup.h"

#include "store/calendar.h"
#include "store/rollup_extremes.h"
#include "store/rollup_marks.h"
#include "store/test_database.h"

#include <algorithm>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ceems::store {
namespace {

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kDayMs = 24 * kHourMs;
constexpr std::int64_t kStart = 1'893'456'000'000;  // 2030-01-01T00:00:00Z

TEST(Cover, AddsUpToTheDaysThatWereAskedFor) {
  std::mt19937 random(1);
  const auto number = [&random](std::int64_t below) { return static_cast<std::int64_t>(random()) % below; };
  for (int round = 0; round < 2'000; ++round) {
    const std::int64_t first = number(3'000) - 1'000;
    const std::int64_t last = first + number(1'200) - 3;
    std::vector<std::int64_t> marks;
    for (std::int64_t mark = -number(60); mark < 200; mark += 1 + (number(20) == 0 ? number(30) : 0))
      marks.push_back(mark);
    if (number(5) == 0) marks.resize(static_cast<std::size_t>(number(3)));
    std::vector<int> days(10'000);
    const auto at = [&days](std::int64_t day) -> int& {
      return days.at(static_cast<std::size_t>(day + 4'000));
    };
    for (const RollupTerm& term : cover_days(first, last, marks)) {
      if (term.level == kMarkLevel) {
        ASSERT_EQ(term.first, term.last);
        for (std::int64_t day = -4'000; day < first_day(term.first); ++day)
          at(day) += term.sign;
        continue;
      }
      for (std::int64_t day = term.first; day <= term.last; ++day)
        at(day) += term.sign;
    }
    for (std::int64_t day = -4'000; day < 6'000; ++day)
      ASSERT_EQ(at(day), day >= first && day <= last ? 1 : 0) << first << " " << last << " " << day;
  }
}

TEST(Cover, TakesTwoMarksAndFewDays) {
  std::vector<std::int64_t> marks(150);
  std::iota(marks.begin(), marks.end(), 2'000);
  for (std::int64_t first = first_day(2'000); first < first_day(2'050); ++first) {
    for (const std::int64_t length : {30, 100, 365, 366}) {
      std::int64_t days = 0;
      std::int64_t totals = 0;
      for (const RollupTerm& term : cover_days(first, first + length, marks))
        (term.level == kDayLevel ? days : totals) += term.last - term.first + 1;
      EXPECT_EQ(totals, 2);
      EXPECT_LE(days, 8);
    }
  }
}

TEST(CoverExtremes, TakesEachDayOnceInFewBlocks) {
  std::mt19937 random(2);
  for (int round = 0; round < 2'000; ++round) {
    const std::int64_t first = static_cast<std::int64_t>(random() % 3'000) - 1'000;
    const std::int64_t last = first + static_cast<std::int64_t>(random() % 1'500) - 2;
    std::int64_t day = first;
    std::int64_t blocks = 0;
    for (const RollupTerm& term : cover_extremes(first, last)) {
      ASSERT_EQ(term.sign, 1);
      const std::int64_t days = std::int64_t{1} << 3 * (term.level - kExtremeLevel);
      ASSERT_EQ(term.first * days, day) << first << " " << last;
      day = (term.last + 1) * days;
      blocks += term.last - term.first + 1;
    }
    ASSERT_EQ(day, std::max(first, last + 1));
    ASSERT_LE(blocks, 2 * 3 * 7);
  }
}

TEST(Calendar, TellsDaysOfTextsAndBack) {
  EXPECT_EQ(day_of("1970-01-02T23:59:59"), 1);
  EXPECT_EQ(day_of("1969-12-31"), -1);
  EXPECT_EQ(text_of_day(*day_of("2032-02-29T00:00:00")), "2032-02-29");
  for (const char* text :
       {"", "2030", "2030-13-01", "2030-02-30T00:00:00", "Unknown", "2030/01/02", "20a0-01-02"})
    EXPECT_FALSE(day_of(text)) << text;
}

std::string print(const std::vector<Usage>& rows) {
  std::string text;
  for (const Usage& row : rows) {
    text += fmt::format("{}/{}/{}/{}/{} {}", row.cluster_id, row.resource_manager, row.project, row.groupname,
                        row.username, row.num_units);
    for (const Metric metric : all_metrics())
      if (!row.metrics[metric].empty())
        text += fmt::format(" {}={}", metric_name(metric), to_json(row.metrics[metric]));
    text += '\n';
  }
  return text;
}

std::string print(const std::vector<Stat>& rows) {
  std::string text;
  for (const Stat& row : rows)
    text += fmt::format("{} {} {} {} {} {} {}\n", row.cluster_id, row.resource_manager, row.num_units,
                        row.num_inactive_units, row.num_active_units, row.num_projects, row.num_users);
  return text;
}

// A site where units start, run, end, start again under their id, expire, and are owed numbers.
class Site {
 public:
  Site(unsigned seed, Accounting accounting) : random_(seed), accounting_(accounting) {
    const char* const zones[] = {"UTC", "Europe/Berlin", "America/Los_Angeles"};
    if (const auto zone = TimeZone::find(zones[seed % 3])) zone_ = *zone;
    open();
  }

  void open() {
    writer_.reset();
    writer_ = open_writer(directory_.path(), zone_, accounting_, weights_);
    reader_ = open_reader(directory_.path(), zone_);
  }

  void step() {
    switch (number(12)) {
      case 0:
        if (number(3) == 0) weights_ = random_weights();
        open();
        break;
      case 1:
        if (purges_) {
          ASSERT_TRUE(writer_->purge(now_, 40 + number(100)));
        }
        break;
      case 2:
        settle();
        break;
      case 3:
      case 4:
        for (std::int64_t steps = number(4); steps > 0; --steps)
          ASSERT_TRUE(writer_->advance_rollups());
        break;
      default:
        window();
    }
  }

  void build() {
    for (int i = 0; i < 1'000; ++i) {
      const auto more = writer_->advance_rollups();
      ASSERT_TRUE(more) << more.error().text();
      if (!*more) return;
    }
    FAIL() << "building does not end";
  }

  // What the sums answer, and what the rows do.
  void compare() {
    const CurrentUsageQuery query = random_query();
    const std::optional<TimeRange> window = number(4) == 0 ? std::optional<TimeRange>() : query.window;
    const auto sums = read_all(reader_->current_usage(query));
    const auto counts = reader_->stats(query.rows.clusters, window);
    ASSERT_TRUE(sums) << sums.error().text();
    ASSERT_TRUE(counts) << counts.error().text();
    const auto connection = connect(writer_->path());
    ASSERT_TRUE(connection->execute("update ceems_rollup_sums set level = -9 where level = -1"));
    const auto rows = read_all(reader_->current_usage(query));
    const auto counted = reader_->stats(query.rows.clusters, window);
    ASSERT_TRUE(connection->execute("update ceems_rollup_sums set level = -1 where level = -9"));
    ASSERT_TRUE(rows && counted);
    EXPECT_EQ(print(*sums), print(*rows))
        << zone_.local(query.window.from_ms) << " " << zone_.local(query.window.to_ms);
    EXPECT_EQ(print(*counts), print(*counted));
  }

  bool has_sums() { return read_coverage(*connect(writer_->path())).has_value(); }
  std::int64_t differences() { return writer_->rollup_differences(); }
  std::string path() const { return writer_->path(); }
  Reader& reader() { return *reader_; }
  void close_writer() { writer_.reset(); }

 private:
  std::int64_t number(std::int64_t below) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(below));
  }

  MeanWeights random_weights() {
    MeanWeights::ByName weights;
    for (const char* name : {"total", "other"})
      if (number(2) == 0) weights.emplace(name, MeanWeights::keys()[static_cast<std::size_t>(number(5))]);
    return MeanWeights(std::move(weights));
  }

  Unit new_unit() {
    Unit unit;
    unit.cluster_id = number(3) == 0 ? "b" : "a";
    unit.resource_manager = number(5) == 0 ? "k8s" : "slurm";
    // Ids come again.
    unit.uuid = fmt::format("{}", number(40));
    unit.username = fmt::format("user{}", number(4));
    unit.project = number(9) == 0 ? std::string() : fmt::format("project{}", number(3));
    unit.groupname = fmt::format("group{}", number(2));
    // Nothing starts twice at one instant.
    unit.started_at_ts = now_ + static_cast<std::int64_t>(++units_);
    unit.started_at = fmt::format("{}.{}", zone_.zoned(unit.started_at_ts), units_);
    unit.state = "RUNNING";
    return unit;
  }

  MetricMap random_map() {
    MetricMap map;
    for (const char* name : {"total", "other", "a<b"})
      if (number(3) > 0) map.set(name, static_cast<double>(number(1'000'000'000'000)) * 1e-8);
    return map;
  }

  void window() {
    const std::int64_t length =
        number(8) == 0 ? number(40 * 24) * kHourMs + kHourMs : (number(30) + 1) * kHourMs / 4;
    WindowResult result;
    result.cluster_id = number(3) == 0 ? "b" : "a";
    result.manager = "slurm";
    result.start_ms = *writer_->window_start(result.cluster_id, kStart);
    result.end_ms = std::max(result.start_ms, now_) + length;
    now_ = result.end_ms;
    for (std::int64_t i = number(4); i > 0; --i)
      running_.push_back(new_unit());
    for (std::size_t i = 0; i < running_.size();) {
      Unit& unit = running_[i];
      if (unit.cluster_id != result.cluster_id || number(6) == 0) {
        ++i;
        continue;
      }
      // Managers change their mind about whose it is.
      if (number(10) == 0) unit.username = fmt::format("user{}", number(4));
      const bool ends = number(3) == 0;
      unit.ended_at_ts = ends ? now_ - number(length) : 0;
      unit.metrics = Metrics();
      unit.metrics[Metric::kTotalTimeSeconds] = {{"walltime", static_cast<double>(length) / 1000},
                                                 {"alloc_cputime", static_cast<double>(number(100'000))}};
      if (number(2) == 0) unit.metrics[Metric::kTotalTimeSeconds].set("alloc_gputime", 7);
      for (const Metric metric : {Metric::kAvgCpuUsage, Metric::kTotalCpuEnergyUsageKwh,
                                  Metric::kTotalIoReadStats, Metric::kAvgCustomStats})
        if (number(4) > 0) unit.metrics[metric] = random_map();
      if (with_extremes_ && number(4) > 0) unit.metrics[Metric::kMinCustomStats] = random_map();
      if (with_extremes_ && number(4) > 0) unit.metrics[Metric::kMaxCustomStats] = random_map();
      if (number(5) == 0) owe(result, unit);
      result.units.push_back(unit);
      if (ends) {
        running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
      } else {
        ++i;
      }
    }
    const auto status = writer_->commit_window(result);
    ASSERT_TRUE(status) << status.error().text();
  }

  void owe(WindowResult& result, const Unit& unit) {
    result.pending.push_back(
        {.cluster_id = result.cluster_id,
         .updater_id = "tsdb",
         .window_end_ms = result.end_ms,
         .range_start_ms = result.start_ms,
         .range_end_ms = result.end_ms,
         .manager = "",
         .queries = {{Metric::kAvgCpuUsage, "late"}, {Metric::kTotalCpuEnergyUsageKwh, "late"}},
         .units = {{.key = {.uuid = unit.uuid, .started_at = unit.started_at},
                    .project = unit.project,
                    .username = unit.username,
                    .times = unit.metrics[Metric::kTotalTimeSeconds]}},
         .next_attempt_ms = 0,
         .reason = "late"});
  }

  void settle() {
    const auto due = writer_->due_windows(now_, 2);
    ASSERT_TRUE(due);
    for (const PendingWindow& window : *due) {
      PendingOutcome outcome{
          .id = window.id, .answers = {}, .abandoned = {}, .next_attempt_ms = now_, .reason = ""};
      for (const PendingQuery& query : window.queries)
        outcome.answers.push_back(
            {query, {{window.units.front().key.uuid, static_cast<double>(number(1'000)) / 8}}});
      ASSERT_TRUE(writer_->settle(outcome));
    }
  }

  CurrentUsageQuery random_query() {
    CurrentUsageQuery query;
    query.window.to_ms = now_ - number(200) * kHourMs + number(2) * 24 * kHourMs;
    query.window.from_ms = query.window.to_ms - number(400) * number(24) * kHourMs;
    query.source = number(2) == 0 ? UsageSource::kUnits : UsageSource::kDailyUsage;
    if (number(4) == 0) query.rows.clusters = {"a"};
    if (number(4) == 0) query.rows.projects = {"project1", "project2"};
    if (number(3) == 0) query.rows.membership = std::vector<ProjectKey>{{"a", "project0"}, {"b", "project2"}};
    if (number(3) == 0) query.group_by = {UsageField::kClusterId};
    if (number(4) == 0) query.rows.fields = UsageFields().set(index(field_of_usage(Metric::kAvgCpuUsage)));
    return query;
  }

  std::mt19937_64 random_;
  Accounting accounting_;
  TimeZone zone_;
  MeanWeights weights_;
  TestDirectory directory_;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<Reader> reader_;
  std::int64_t now_ = kStart;
  std::vector<Unit> running_;
  std::size_t units_ = 0;

 public:
  bool with_extremes_ = false;
  bool purges_ = true;
};

// Cluster, user, project, number of units and every sum.
std::string print_sums(const std::vector<Usage>& rows) {
  std::string text;
  for (const Usage& row : rows) {
    text += fmt::format("{}/{}/{} {}", row.cluster_id, row.username, row.project, row.num_units);
    for (const Metric metric : all_metrics())
      if (combination(metric) == Combination::kSum) text += " " + to_json(row.metrics[metric]);
    text += '\n';
  }
  return text;
}

class RandomHistory : public testing::TestWithParam<unsigned> {};

TEST_P(RandomHistory, LeavesSumsThatEqualTheirRows) {
  Site site(GetParam(), GetParam() % 2 == 0 ? Accounting::kLegacy : Accounting::kExact);
  site.with_extremes_ = GetParam() % 5 > 1;
  for (int i = 0; i < 120; ++i) {
    site.step();
    if (HasFatalFailure()) return;
    if (i % 3 == 0) site.compare();
  }
  site.build();
  for (int i = 0; i < 20; ++i)
    site.compare();
  // Every day is compared with its rows, and none is found wrong.
  for (int i = 0; i < 50; ++i)
    site.build();
  EXPECT_TRUE(site.has_sums());
}

TEST_P(RandomHistory, CountsNothingTwiceAndLosesNothing) {
  Site site(GetParam(), GetParam() % 2 == 0 ? Accounting::kLegacy : Accounting::kExact);
  site.purges_ = false;
  for (int i = 0; i < 120; ++i) {
    site.step();
    if (HasFatalFailure()) return;
    if (i % 20 != 19) continue;
    const auto of_all_time = read_all(site.reader().global_usage({}));
    ASSERT_TRUE(of_all_time);
    ASSERT_FALSE(of_all_time->empty());
    for (const UsageSource source : {UsageSource::kUnits, UsageSource::kDailyUsage}) {
      const auto sums = read_all(site.reader().current_usage(
          {.window = {0, kStart * 2}, .source = source, .group_by = {UsageField::kClusterId}}));
      ASSERT_TRUE(sums);
      EXPECT_EQ(print_sums(*sums), print_sums(*of_all_time));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomHistory, testing::Range(0U, 20U));

class Doubt : public testing::Test {
 protected:
  Doubt() {
    for (int i = 0; i < 40; ++i)
      site_.step();
    site_.build();
    EXPECT_TRUE(site_.has_sums());
  }

  // What another program does while the writer is away.
  void change(const std::string& sql) {
    site_.close_writer();
    const auto status = connect(database_)->execute(sql);
    ASSERT_TRUE(status) << status.error().text();
    site_.open();
  }

  Site site_{3, Accounting::kLegacy};
  std::string database_ = site_.path();
};

TEST_F(Doubt, IsNotRaisedByARestart) {
  change("select 1");
  EXPECT_TRUE(site_.has_sums());
}

TEST_F(Doubt, IsRaisedByAnotherForm) {
  change("update ceems_rollup_sums set sums = '1 ' || sums where level = -1");
  EXPECT_FALSE(site_.has_sums());
  site_.build();
  EXPECT_TRUE(site_.has_sums());
}

TEST_F(Doubt, IsRaisedByUnitsOfAnotherProgram) {
  change(
      "insert into units (cluster_id, uuid, started_at, last_updated_at) values ('a', 'new', '', "
      "'2030-02-01T00:00:00')");
  EXPECT_FALSE(site_.has_sums());
  site_.compare();
  site_.build();
  EXPECT_TRUE(site_.has_sums());
  site_.compare();
}

TEST_F(Doubt, IsRaisedByUpdatesOfAnotherProgram) {
  change("update usage set num_updates = num_updates + 1 where id = (select min(id) from usage)");
  EXPECT_FALSE(site_.has_sums());
}

TEST_F(Doubt, IsRaisedByWhatExpired) {
  change("delete from units where id = (select min(id) from units)");
  EXPECT_FALSE(site_.has_sums());
}

TEST_F(Doubt, IsRaisedByTablesThatWereDropped) {
  change("drop table ceems_rollup_owners");
  EXPECT_FALSE(site_.has_sums());
  site_.build();
  site_.compare();
  change("drop table ceems_rollup_sums; drop table ceems_rollup_keys");
  EXPECT_FALSE(site_.has_sums());
  site_.compare();
}

TEST_F(Doubt, IsRaisedByADayThatDiffersFromItsRows) {
  ASSERT_TRUE(connect(database_)->execute("update units set total_io_read_stats = '{\"total\":7}'"));
  for (int i = 0; i < 100 && site_.has_sums(); ++i)
    site_.build();
  // Given up at the first such day, and built anew by the calls after it.
  site_.build();
  site_.compare();
}

TEST_F(Doubt, IsRaisedByARunningTotalThatDiffersFromItsDays) {
  // The newest of everybody, without what one of them used.
  ASSERT_TRUE(connect(database_)->execute(
      "delete from ceems_rollup_sums where (kind, level, block, owner) in (select kind, "
      "level, block, owner from ceems_rollup_sums where level = 1 order by block desc, "
      "kind, owner limit 1)"));
  EXPECT_EQ(site_.differences(), 0);
  for (int i = 0; i < 500 && site_.has_sums(); ++i)
    site_.build();
  EXPECT_FALSE(site_.has_sums());
  EXPECT_EQ(site_.differences(), 1);
  site_.build();
  EXPECT_TRUE(site_.has_sums());
  for (int i = 0; i < 20; ++i)
    site_.compare();
  for (int i = 0; i < 50; ++i)
    site_.build();
  EXPECT_EQ(site_.differences(), 1);
}

class DoubtOfExtremes : public testing::TestWithParam<int> {};

TEST_P(DoubtOfExtremes, IsRaisedByABlockThatDiffers) {
  Site site{3, Accounting::kLegacy};
  site.with_extremes_ = true;
  for (int i = 0; i < 40; ++i)
    site.step();
  site.build();
  const auto database = connect(site.path());
  ASSERT_TRUE(database->execute(
      fmt::format("delete from ceems_rollup_sums where (kind, level, block, owner) in (select kind, level, "
                  "block, owner from ceems_rollup_sums where level = {} limit 1)",
                  kExtremeLevel + GetParam())));
  EXPECT_EQ(ask(*database, "select changes()"), "1");
  for (int i = 0; i < 500 && site.has_sums(); ++i)
    site.build();
  EXPECT_EQ(site.differences(), 1);
  site.build();
  for (int i = 0; i < 20; ++i)
    site.compare();
  for (int i = 0; i < 200; ++i)
    site.build();
  EXPECT_EQ(site.differences(), 1);
}

INSTANTIATE_TEST_SUITE_P(Levels, DoubtOfExtremes, testing::Range(0, 1 + kLevelsAboveDays));

TEST(Reading, DoesWithoutSumsThatNobodyMade) {
  const TestDirectory directory;
  const auto writer = open_writer(directory.path());
  const auto reader = open_reader(directory.path());
  ASSERT_TRUE(
      connect(writer->path())
          ->execute(
              "drop table ceems_rollup_owners; drop table ceems_rollup_keys; drop table ceems_rollup_sums"));
  EXPECT_TRUE(read_all(reader->current_usage({.window = {kStart, kStart + kDayMs}}))->empty());
  EXPECT_TRUE(reader->stats({}, std::nullopt)->empty());
}

}  // namespace
}  // namespace ceems::store
