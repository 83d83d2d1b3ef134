#include "store/runs.h"

#include "store/schema.h"
#include "store/test_database.h"

#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ceems::store {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;

using Names = std::vector<std::string>;

// Days stand for times: on day n short-n ran for six hours. long ran from day 1 to day 90, queued waits since
// day 1, running runs since day 2.
class RunsTest : public testing::Test {
 protected:
  RunsTest() {
    std::string rows =
        "insert into units (cluster_id, uuid, project, started_at, created_at_ts, "
        "started_at_ts, ended_at_ts) values ('hpc','long','bio','a',0,86400000,7776000000),"
        "('hpc','queued','bio','b',86400000,0,0), ('hpc','running','bio','c',0,172800000,0),"
        "('hpc','never','bio','d',864000000,0,864000001), ('hpc','null','bio','e',0,1,null)";
    for (std::int64_t day = 1; day <= 100; ++day)
      rows += fmt::format(",('hpc','short-{0}','bio','s',0,{1},{2})", day, day * kDayMs,
                          day * kDayMs + kDayMs / 4);
    EXPECT_TRUE(connection_->execute(rows));
  }

  base::Result<Names> ids(std::int64_t from_ms, std::int64_t to_ms, std::size_t max_rows = 1'000) {
    return read_ids_in(*connection_, "hpc", {"bio"}, {from_ms, to_ms}, 1'000, max_rows);
  }

  TestDirectory directory_;
  std::unique_ptr<Writer> writer_ = open_writer(directory_.path());
  std::unique_ptr<Connection> connection_ = connect(writer_->path());
};

TEST_F(RunsTest, FindsWhatRanLongAgoHoweverLateItEnded) {
  EXPECT_EQ(*ids(3 * kDayMs, 3 * kDayMs + 1), (Names{"long", "null", "queued", "running", "short-3"}));
  EXPECT_EQ(*ids(90 * kDayMs, 90 * kDayMs), (Names{"long", "null", "queued", "running", "short-90"}));
  EXPECT_EQ(*ids(91 * kDayMs, 91 * kDayMs), (Names{"null", "queued", "running", "short-91"}));
  EXPECT_EQ(*ids(10 * kDayMs, 10 * kDayMs),
            (Names{"long", "never", "null", "queued", "running", "short-10"}));
  EXPECT_EQ(ids(0, INT64_MAX)->size(), 105U);
  EXPECT_EQ(*ids(INT64_MIN, -1), Names{});
}

TEST_F(RunsTest, LooksAtLittleForATimeLongAgo) {
  EXPECT_TRUE(ids(3 * kDayMs, 3 * kDayMs + 1, 10));
  const auto all = ids(3 * kDayMs, 99 * kDayMs, 10);
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().code, base::ErrorCode::kTooLarge);
}

TEST_F(RunsTest, WalksIndexesByTime) {
  EXPECT_TRUE(create_indexes(*connection_));
  Names plans;
  for (const std::string& query : queries_of_ids_in()) {
    auto statement = connection_->prepare("explain query plan " + query);
    ASSERT_TRUE(statement) << statement.error().text();
    ASSERT_TRUE(statement->step());
    plans.emplace_back(statement->text(3));
  }
  EXPECT_EQ(
      plans,
      (Names{"SEARCH units USING INDEX ceems_units_project_ended (project=? AND ended_at_ts=?)",
             "SEARCH units USING INDEX ceems_units_project_ended (project=? AND ended_at_ts=?)",
             "SEARCH units USING INDEX ceems_units_project_ended (project=? AND ended_at_ts>? AND "
             "ended_at_ts<?)",
             "SEARCH units USING COVERING INDEX ceems_units_project_long (project=? AND ended_at_ts>?)"}));
}

}  // namespace
}  // namespace ceems::store
