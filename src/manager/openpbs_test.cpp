#include "manager/openpbs.h"

#include "base/file.h"
#include "manager/fake_programs.h"
#include "manager/openpbs_jobs.h"

#include <chrono>
#include <map>
#include <string>

#include <gtest/gtest.h>

namespace ceems::manager {
namespace {

constexpr std::int64_t kStart = 1'893'456'000'000;  // 2030-01-01
constexpr std::int64_t kMinute = 60'000;

std::string data_path() {
  return std::string(CEEMS_TEST_DATA) + "/openpbs/qstat.json";
}

TEST(Qstat, TellsJobsThatStarted) {
  const auto runs = parse_qstat(*base::read_file(data_path()));
  ASSERT_TRUE(runs) << runs.error().text();
  ASSERT_EQ(runs->size(), 2U);
  const auto& first = runs->at(0);
  EXPECT_EQ(first.id, "2025.pbs-server");
  EXPECT_EQ(first.user, "ann");
  EXPECT_EQ(first.group, "staff");
  EXPECT_EQ(first.project, "chem");
  EXPECT_EQ(first.start_ms, kStart + 10 * kMinute);
  EXPECT_EQ(first.end_ms, 0);
  EXPECT_EQ(first.memory, 16384);
  EXPECT_EQ(first.allocation, R"({"cpus":8,"gpus":2,"mem":17179869184,"nodes":2})");
  EXPECT_EQ(first.tags,
            R"({"exit_status":0,"nodelist":"node1|node2","queue":"workq","workdir":"/home/ann"})");
  EXPECT_EQ(runs->at(1).id, "2026[0].pbs-server");
  EXPECT_EQ(runs->at(1).project, "sky");
  EXPECT_EQ(runs->at(1).end_ms, kStart + 30 * kMinute);
}

TEST(Qstat, RefusesWhatIsNoAnswer) {
  const std::string whole = *base::read_file(data_path());
  for (const std::string& text : {std::string(), std::string("{}"), std::string("{\"Jobs\": []}"),
                                  std::string("{\"Jobs\": {\"1\": {}}}"), whole.substr(0, 900)})
    EXPECT_FALSE(parse_qstat(text)) << text;
  EXPECT_TRUE(parse_qstat("{\"timestamp\": 1, \"pbs_version\": \"22\"}")->empty());
}

TEST(Qstat, ReadsSizesAndTimes) {
  EXPECT_EQ(parse_pbs_size("16gb"), std::int64_t{16} << 30);
  EXPECT_EQ(parse_pbs_size("100"), 100);
  EXPECT_EQ(parse_pbs_size("2kw"), 16384);
  EXPECT_EQ(parse_pbs_size("1B"), 1);
  for (const char* text : {"", "gb", "1.5gb", "1xb", "1gbb", "99999999999pb", "-1kb"})
    EXPECT_EQ(parse_pbs_size(text), 0) << text;
  EXPECT_EQ(parse_ctime("Tue Jan  1 00:10:00 2030"), kStart + 10 * kMinute);
  for (const char* text : {"", "Tue Jan 1 2030", "Tue Foo  1 00:10:00 2030", "Tue Jan 77 00:10:00 2030"})
    EXPECT_EQ(parse_ctime(text), 0) << text;
}

class Openpbs : public FakePrograms {
 protected:
  void qstat(const std::string& script) const { program("qstat", script); }
  std::unique_ptr<Manager> manager() {
    auto made = make_openpbs_manager(settings_);
    EXPECT_TRUE(made) << made.error().text();
    return *std::move(made);
  }

  const Window window_{.start = TimePoint(Milliseconds(kStart + 20 * kMinute)),
                       .end = TimePoint(Milliseconds(kStart + 60 * kMinute)),
                       .horizon = TimePoint(Milliseconds(kStart + 20 * kMinute))};
};

TEST_F(Openpbs, TellsUnitsAndTheirOwners) {
  qstat("[ \"$*\" = '-x -t -f -F json' ] && [ \"$TZ\" = UTC ] && cat " + data_path());
  const auto pbs = manager();
  const auto units = pbs->fetch_units(window_, {});
  ASSERT_TRUE(units) << units.error().text();
  ASSERT_EQ(units->size(), 2U);
  EXPECT_EQ(units->at(0).time.walltime, 2400);
  EXPECT_EQ(units->at(0).time.gpu_time, 4800);
  EXPECT_EQ(units->at(1).time.walltime, 600);
  const auto membership = pbs->fetch_membership({});
  EXPECT_FALSE(membership->complete);
  EXPECT_EQ(membership->users[1].name, "bob");
  EXPECT_EQ(membership->users[1].belongs_to, std::vector<std::string>{"sky"});
}

TEST_F(Openpbs, EndsTheRunBeforeOfAJobThatRanAgain) {
  qstat("cat " + data_path());
  const auto units = manager()->fetch_units(
      window_,
      {{.resource_manager = "openpbs", .uuid = "2025.pbs-server", .started_at_ms = kStart + kMinute}});
  ASSERT_EQ(units->size(), 3U);
  EXPECT_EQ(units->at(2).state, "REQUEUED");
  EXPECT_EQ(units->at(2).ended_at_ms, kStart + 20 * kMinute);
}

TEST_F(Openpbs, FailsWhereQstatDoes) {
  qstat("echo 'Connection refused' >&2; exit 1");
  const auto units = manager()->fetch_units(window_, {});
  ASSERT_FALSE(units);
  EXPECT_EQ(units.error().text(), directory_ + "/qstat: ended with status 1: Connection refused");
  for (const std::string& bad : {"head -c 700 " + data_path(), std::string("echo garbage"), std::string(":"),
                                 std::string("kill -9 $$")}) {
    qstat(bad);
    EXPECT_FALSE(manager()->fetch_units(window_, {})) << bad;
  }
}

TEST_F(Openpbs, TellsOnceWhatIsToldTwice) {
  qstat("cat " + std::string(CEEMS_TEST_DATA) + "/openpbs/qstat-twice.json");
  const auto units = manager()->fetch_units(window_, {});
  ASSERT_TRUE(units) << units.error().text();
  ASSERT_EQ(units->size(), 1U);
  EXPECT_EQ(units->at(0).time.walltime, 2400);
}

TEST_F(Openpbs, TakesTimesFromAClockThatIsAnHourOff) {
  Window late = window_;
  late.start += std::chrono::hours(1);
  late.end += std::chrono::hours(1);
  late.horizon = window_.start;
  qstat("cat " + data_path());
  const auto units = manager()->fetch_units(late, {});
  ASSERT_TRUE(units) << units.error().text();
  EXPECT_EQ(units->at(1).uuid, "2026[0].pbs-server");
  EXPECT_EQ(units->at(1).time.walltime, 600);
}

}  // namespace
}  // namespace ceems::manager
