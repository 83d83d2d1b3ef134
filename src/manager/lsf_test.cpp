#include "manager/lsf.h"

#include "base/file.h"
#include "manager/fake_programs.h"
#include "manager/lsf_jobs.h"

#include <chrono>
#include <set>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace ceems::manager {
namespace {

constexpr std::int64_t kStart = 1'893'456'000'000;  // 2030-01-01
constexpr std::int64_t kMinute = 60'000;

std::string path_of(const std::string& name) {
  return std::string(CEEMS_TEST_DATA) + "/lsf/" + name;
}

TEST(Bjobs, TellsWhatRuns) {
  const auto jobs = parse_bjobs(*base::read_file(path_of("bjobs.json")));
  ASSERT_TRUE(jobs) << jobs.error().text();
  ASSERT_EQ(jobs->size(), 1U);
  const auto run = run_of(jobs->front());
  EXPECT_EQ(run.id, "77[3]");
  EXPECT_EQ(run.start_ms, kStart + 10 * kMinute);
  EXPECT_EQ(run.allocation, R"({"cpus":3,"gpus":2,"mem":419430400,"nodes":2})");
  EXPECT_EQ(run.memory, 400);
  EXPECT_EQ(run.tags, R"({"exit_status":"","nodelist":"h1|h2","partition":"normal","queue":"normal",)"
                      R"("res_req":"select[type == local]","workdir":"/home/ann"})");
}

TEST(Bacct, TellsWhatEnded) {
  const auto jobs = parse_bacct(*base::read_file(path_of("bacct.txt")));
  ASSERT_TRUE(jobs) << jobs.error().text();
  ASSERT_EQ(jobs->size(), 2U);
  const LsfJob& job = jobs->front();
  EXPECT_EQ(job.id, "70");
  EXPECT_EQ(job.name, "solve");
  EXPECT_EQ(job.user, "ann");
  EXPECT_EQ(job.project, "chem");
  EXPECT_EQ(job.state, "DONE");
  EXPECT_EQ(job.start_ms, kStart + 20 * kMinute);
  EXPECT_EQ(job.end_ms, kStart + 30 * kMinute);
  EXPECT_EQ(job.cpus, 4);
  EXPECT_EQ(job.gpus, 3);
  EXPECT_EQ(job.hosts.size(), 2U);
  EXPECT_EQ(job.memory_bytes, 3.0 * 1073741824);
  EXPECT_EQ(job.exit_status, "done");
  EXPECT_EQ(job.workdir, "$HOME/work");
  EXPECT_EQ(job.res_req, "select[type == local] order[r15s:pg]");
}

TEST(Bacct, TakesNoOwnerFromANameThatSomebodyGave) {
  const auto jobs = parse_bacct(*base::read_file(path_of("bacct.txt")));
  EXPECT_EQ(jobs->at(1).id, "71[2]");
  EXPECT_EQ(jobs->at(1).user, "");
  EXPECT_EQ(jobs->at(1).project, "");
}

TEST(Bacct, RefusesWhatIsNotWhole) {
  const std::string whole = *base::read_file(path_of("bacct.txt"));
  for (const std::string& text : {std::string(), std::string("garbage"), whole.substr(0, 1500)})
    EXPECT_FALSE(parse_bacct(text)) << text;
  for (const char* text : {"", "{}", R"({"RECORDS":[{}]})", R"({"RECORDS":7})"})
    EXPECT_FALSE(parse_bjobs(text)) << text;
}

TEST(Lsf, ReadsMemory) {
  EXPECT_EQ(parse_lsf_memory("1.5G"), 1.5 * 1073741824);
  EXPECT_EQ(parse_lsf_memory("200 Mbytes"), 200.0 * 1048576);
  EXPECT_EQ(parse_lsf_memory("1P"), 1125899906842624.0);
  for (const char* text : {"", "-", "G", "1.2.3G", "5 quux", "99999999E"})
    EXPECT_EQ(parse_lsf_memory(text), 0) << text;
}

class LsfPrograms : public FakePrograms {
 protected:
  LsfPrograms() {
    program("bjobs", "cat " + path_of("bjobs.json"));
    program("bacct", "echo \"$*\" >" + path("seen") + "; cat " + path_of("bacct.txt"));
  }
  std::unique_ptr<Manager> manager() {
    auto made = make_lsf_manager(settings_);
    EXPECT_TRUE(made) << made.error().text();
    return *std::move(made);
  }

  const Window window_{.start = TimePoint(Milliseconds(kStart + 20 * kMinute)),
                       .end = TimePoint(Milliseconds(kStart + 60 * kMinute)),
                       .horizon = TimePoint(Milliseconds(kStart + 20 * kMinute))};
};

TEST_F(LsfPrograms, TellUnitsAndTheirOwners) {
  const auto lsf = manager();
  const auto units = lsf->fetch_units(window_, {});
  ASSERT_TRUE(units) << units.error().text();
  ASSERT_EQ(units->size(), 3U);
  EXPECT_EQ(units->at(0).time.walltime, 600);
  EXPECT_EQ(units->at(0).time.gpu_time, 1800);
  EXPECT_EQ(units->at(2).uuid, "77[3]");
  EXPECT_EQ(units->at(2).time.walltime, 2400);
  EXPECT_EQ(base::read_file(directory_ + "/seen").value().substr(0, 49),
            "-u all -l -gpu -UF -C 2030/01/01/00:20,2030/01/01");
  EXPECT_FALSE(lsf->fetch_membership({})->complete);
  EXPECT_EQ(lsf->fetch_membership({})->users.size(), 1U);
}

TEST_F(LsfPrograms, FailWhereTheirAnswersAreWrong) {
  for (const char* bad : {"exit 3", "echo garbage", ":", "kill -9 $$"}) {
    program("bacct", bad);
    EXPECT_FALSE(manager()->fetch_units(window_, {})) << bad;
  }
  program("bacct", "head -c 1500 " + path_of("bacct.txt"));
  EXPECT_FALSE(manager()->fetch_units(window_, {}));
  program("bacct", "echo 'No matching job found' >&2; exit 255");
  EXPECT_EQ(manager()->fetch_units(window_, {})->size(), 1U);
  program("bjobs", "head -c 300 " + path_of("bjobs.json"));
  EXPECT_FALSE(manager()->fetch_units(window_, {}));
}

TEST_F(LsfPrograms, TellOnceWhatIsToldTwice) {
  // A job that ends between the two questions is in both answers, and one record may be there twice.
  program("bacct", "cat " + path_of("bacct-twice.txt"));
  const auto units = manager()->fetch_units(window_, {});
  ASSERT_TRUE(units) << units.error().text();
  std::set<std::pair<std::string, std::int64_t>> runs;
  for (const Unit& unit : *units) {
    EXPECT_TRUE(runs.emplace(unit.uuid, unit.started_at_ms).second) << unit.uuid;
    EXPECT_NE(unit.ended_at_ms, 0) << unit.uuid;
  }
  EXPECT_EQ(runs.size(), 3U);
}

TEST_F(LsfPrograms, TakeTimesFromAClockThatIsAnHourOff) {
  // The window is an hour later than what LSF calls now: what it tells ended before it began.
  Window late = window_;
  late.start += std::chrono::hours(1);
  late.end += std::chrono::hours(1);
  late.horizon = window_.start;
  const auto units = manager()->fetch_units(late, {});
  ASSERT_TRUE(units) << units.error().text();
  EXPECT_EQ(units->at(0).uuid, "70");
  EXPECT_EQ(units->at(0).time.walltime, 600);
}

}  // namespace
}  // namespace ceems::manager
