// What the programs of SLURM 22.05 print, asked as this room asks them.
#include "base/file.h"
#include "manager/slurm.h"
#include "manager/slurm_jobs.h"
#include "manager/slurm_units.h"

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::manager {
namespace {

constexpr std::string_view kSeparator = "<0123456789abcdef>";
constexpr std::int64_t kSubmitted = 1'893'549'584;  // 2030-01-02T01:59:44Z

std::string data(const std::string& name) {
  const auto text = base::read_file(std::string(CEEMS_TEST_DATA) + "/slurm-22.05/" + name);
  EXPECT_TRUE(text) << text.error().text();
  return text ? *text : "";
}

std::vector<SlurmJob> jobs_of(const std::string& name) {
  auto jobs = parse_sacct(data(name), kSeparator);
  EXPECT_TRUE(jobs) << jobs.error().text();
  return jobs ? *std::move(jobs) : std::vector<SlurmJob>();
}

// The jobs of the window by id: each has one run there.
std::map<std::string, SlurmJob> window_jobs() {
  std::map<std::string, SlurmJob> jobs;
  for (const SlurmJob& job : jobs_of("window.txt"))
    EXPECT_TRUE(jobs.emplace(job.id, job).second) << job.id;
  return jobs;
}

TEST(Slurm2205, TellsEveryJobThatHadANode) {
  const auto jobs = window_jobs();
  EXPECT_EQ(jobs.size(), 12U);
  EXPECT_FALSE(jobs.contains("11"));  // cancelled while it waited
}

TEST(Slurm2205, TellsHowJobsEnded) {
  const std::map<std::string, std::string> states = {
      {"1", "COMPLETED"}, {"3", "FAILED"},  {"4", "OUT_OF_MEMORY"}, {"5", "CANCELLED by 0"},
      {"6", "REQUEUED"},  {"9", "RUNNING"}, {"10", "COMPLETED"}};
  const auto jobs = window_jobs();
  for (const auto& [id, state] : states)
    EXPECT_EQ(jobs.at(id).state, state) << id;
  EXPECT_EQ(jobs.at("3").exit_code, "3:0");
  EXPECT_EQ(jobs.at("4").exit_code, "0:125");
}

TEST(Slurm2205, PrintsTimesWithoutAnOffset) {
  const SlurmJob job = window_jobs().at("1");
  EXPECT_EQ(job.start_ms, kSubmitted * 1000);
  EXPECT_EQ(job.end_ms, (kSubmitted + 3) * 1000);
  EXPECT_EQ(job.elapsed_seconds, 3);
  EXPECT_EQ(window_jobs().at("9").end_ms, 0);
}

TEST(Slurm2205, CountsTasksOfAnArrayAsJobs) {
  const auto jobs = window_jobs();
  for (const char* id : {"7", "12", "13"})
    EXPECT_EQ(jobs.at(id).elapsed_seconds, 2) << id;
}

TEST(Slurm2205, PutsLineEndsIntoNames) {
  EXPECT_EQ(window_jobs().at("8").name, "a|b\nc,d`e\\ é");
}

TEST(Slurm2205, AddsTimeOfSuspensionToTheAllocationOnly) {
  const SlurmJob job = window_jobs().at("10");
  EXPECT_EQ(job.elapsed_seconds, 9);
  EXPECT_EQ(job.end_ms - job.start_ms, 14'000);
}

TEST(Slurm2205, TellsEveryRunOfAJobAskedForById) {
  const std::vector<SlurmJob> jobs = jobs_of("by_id.txt");
  // The requeued job waits for its second run, and one id is of no job at all.
  ASSERT_EQ(jobs.size(), 3U);
  EXPECT_EQ(jobs[1].state, "REQUEUED");
}

TEST(Slurm2205, MakesUnits) {
  const auto at = [](std::int64_t second) { return TimePoint(std::chrono::seconds(second)); };
  const Window window{
      .start = at(kSubmitted - 16), .end = at(kSubmitted + 6), .horizon = at(kSubmitted - 16)};
  std::map<std::string, Unit> units;
  for (Unit& unit : slurm_units(jobs_of("window.txt"), window, {}, MemoryReading::kWhole))
    units.emplace(unit.uuid, std::move(unit));
  EXPECT_EQ(units.size(), 12U);
  EXPECT_EQ(units.at("1").allocation, R"({"billing":1,"cpus":1,"gpus":0,"mem":67108864,"nodes":1})");
  EXPECT_EQ(units.at("1").time.cpu_mem_time, 64 * 3);
  EXPECT_EQ(units.at("5").username, "cid");
  EXPECT_EQ(units.at("9").time.walltime, 6);
  EXPECT_EQ(units.at("10").state, "RUNNING");
}

TEST(Slurm2205, TellsAssociations) {
  const auto membership = parse_associations(data("associations.txt"));
  ASSERT_TRUE(membership) << membership.error().text();
  ASSERT_EQ(membership->users.size(), 3U);
  EXPECT_EQ(membership->users[0].name, "ann");
  EXPECT_EQ(membership->users[0].belongs_to, (std::vector<std::string>{"bio", "chem"}));
  EXPECT_EQ(membership->projects.size(), 2U);
}

}  // namespace
}  // namespace ceems::manager
