#include "manager/slurm_jobs.h"

#include "base/text.h"

#include <string>

#include <gtest/gtest.h>

namespace ceems::manager {
namespace {

constexpr std::string_view kSeparator = "<1f>";

// A row whose fields are written with '|'; the last one repeats the first.
std::string row(std::string_view fields) {
  const std::string id(fields.substr(0, fields.find('|')));
  return base::replace_all(std::string(fields), "|", kSeparator) + std::string(kSeparator) + id + "\n";
}

// As SLURM 22.05 answers.
const std::string kDone =
    row("42|debug|normal|physics|ann|1001|ann|1001|2030-01-02T03:04:05+0000|2030-01-02T03:04:06+0000|"
        "2030-01-02T04:04:06+0000|01:00:00|3600|0:0|COMPLETED|billing=4,cpu=4,mem=4000M,node=1|n[1-2]|a "
        "job|/home/ann");

base::ErrorCode error_of(std::string_view output) {
  const auto jobs = parse_sacct(output, kSeparator);
  return jobs ? base::ErrorCode::kInternal : jobs.error().code;
}

TEST(Sacct, ReadsAJob) {
  const auto jobs = parse_sacct(kDone, kSeparator);
  ASSERT_TRUE(jobs) << jobs.error().text();
  ASSERT_EQ(jobs->size(), 1U);
  const SlurmJob& job = jobs->front();
  EXPECT_EQ(job.id, "42");
  EXPECT_EQ(job.account, "physics");
  EXPECT_EQ(job.uid, 1001);
  EXPECT_EQ(job.submit_ms, 1893553445000);
  EXPECT_EQ(job.end_ms - job.start_ms, 3'600'000);
  EXPECT_EQ(job.elapsed_seconds, 3600);
  EXPECT_EQ(job.state, "COMPLETED");
  EXPECT_EQ(job.nodelist, "n[1-2]");
  EXPECT_EQ(job.name, "a job");
  EXPECT_EQ(job.workdir, "/home/ann");
}

TEST(Sacct, TakesNothingAsNoJob) {
  EXPECT_TRUE(parse_sacct("", kSeparator)->empty());
}

TEST(Sacct, TakesAnUnknownTimeAsNone) {
  const auto jobs = parse_sacct(
      row("7|p|q|a|g|1|u|1|2030-01-02T03:04:05+0000|2030-01-02T03:04:06|Unknown|0|0|0:0|RUNNING||n1|x|/"),
      kSeparator);
  ASSERT_TRUE(jobs);
  EXPECT_EQ(jobs->front().start_ms, 1893553446000);
  EXPECT_EQ(jobs->front().end_ms, 0);
}

TEST(Sacct, LeavesOutStepsAndJobsThatNeverHadANode) {
  const auto jobs =
      parse_sacct(row("7.batch|p|q|a|g|1|u|1|Unknown|Unknown|Unknown|0|0|0:0|COMPLETED||n1|x|/") +
                      row("8|p|q|a|g|1|u|1|Unknown|None|Unknown|0|0|0:0|CANCELLED by 5||None assigned|x|/"),
                  kSeparator);
  ASSERT_TRUE(jobs);
  EXPECT_TRUE(jobs->empty());
}

TEST(Sacct, CannotBeForgedByAName) {
  // With another separator the name is just a name, however much it looks like rows.
  const std::string forged = base::replace_all(kDone, kSeparator, "|");
  const std::string text = row("7|p|q|a|g|1|u|1|Unknown|Unknown|Unknown|0|0|0:0|RUNNING||n1|@|/");
  const auto jobs = parse_sacct(base::replace_all(text, "@", "x\n" + forged), kSeparator);
  ASSERT_TRUE(jobs) << jobs.error().text();
  ASSERT_EQ(jobs->size(), 1U);
  EXPECT_EQ(jobs->front().id, "7");
  EXPECT_EQ(jobs->front().name, "x\n" + forged);
}

TEST(Sacct, MakesTextsValid) {
  const auto jobs = parse_sacct(
      row("7|p|q|a|g|1|u|1|Unknown|Unknown|Unknown|0|0|0:0|RUNNING||n1|a\xff\xc3\xa9|/"), kSeparator);
  EXPECT_EQ(jobs->front().name, "a\xef\xbf\xbd\xc3\xa9");
}

TEST(Sacct, RefusesAnAnswerThatIsNotWhole) {
  EXPECT_EQ(error_of("sacct: error: no database\n"), base::ErrorCode::kInvalid);
  EXPECT_EQ(error_of(kDone.substr(0, kDone.size() / 2)), base::ErrorCode::kInvalid);
  EXPECT_EQ(error_of(kDone.substr(0, kDone.size() - 1)), base::ErrorCode::kInvalid);
  EXPECT_EQ(error_of(kDone.substr(0, kDone.size() - 2) + "\n"), base::ErrorCode::kInvalid);
  EXPECT_EQ(error_of(kDone + "\n"), base::ErrorCode::kInvalid);
  EXPECT_EQ(error_of(kDone + kDone.substr(0, 30)), base::ErrorCode::kInvalid);
  EXPECT_EQ(error_of(base::replace_all(kDone, "42", "JobIDRaw")), base::ErrorCode::kInvalid);
  EXPECT_EQ(error_of(base::replace_all(kDone, kSeparator, "|")), base::ErrorCode::kInvalid);
}

TEST(Sacct, RefusesOtherColumns) {
  EXPECT_EQ(error_of(row("7|p|q")), base::ErrorCode::kInvalid);
  EXPECT_EQ(error_of(row("p|7|q|a|g|1|u|1|Unknown|Unknown|Unknown|0|0|0:0|RUNNING||n1|x|/")),
            base::ErrorCode::kInvalid);
}

TEST(Sacct, NamesTheRow) {
  const auto jobs = parse_sacct(kDone + "half a line", kSeparator);
  ASSERT_FALSE(jobs);
  EXPECT_EQ(jobs.error().text(), "sacct: row 2 of the answer is not a whole job: 'half a line'");
}

}  // namespace
}  // namespace ceems::manager
