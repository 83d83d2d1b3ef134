#include "manager/slurm.h"

#include "base/file.h"
#include "base/temporary_directory_test.h"
#include "base/text.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace ceems::manager {
namespace {

constexpr std::int64_t kStart = 1'893'456'000'000;  // 2030-01-01

// A directory with a sacct and a sacctmgr that are shell scripts.
class Slurm : public testing::Test {
 protected:
  Slurm() { script("sacctmgr", ""); }

  void script(const std::string& name, const std::string& text) {
    const std::string path = directory_ + "/" + name;
    ASSERT_TRUE(base::write_file_atomically(path, "#!/bin/sh\n" + text, 0755));
    ASSERT_EQ(::chmod(path.c_str(), 0755), 0);
  }
  // A sacct that prints rows written with '|' in the separator that it is asked for, and notes its arguments.
  void answer(const std::string& rows) {
    ASSERT_TRUE(base::write_file_atomically(directory_ + "/rows", rows, 0644));
    script("sacct", "echo \"$@ TZ=$TZ FORMAT=$SLURM_TIME_FORMAT A=$A\" >>" + directory_ + R"(/seen
for word; do case "$word" in --delimiter=*) separator=${word#--delimiter=} ;; esac; done
sed "s/|/$separator/g" )" +
                        directory_ + "/rows");
  }
  std::string seen() { return *base::read_file(directory_ + "/seen"); }

  std::unique_ptr<Manager> manager() {
    ClusterSettings settings;
    settings.id = "hpc";
    settings.cli.path = directory_;
    settings.cli.environment = {{"A", "1"}, {"TZ", "Asia/Tokyo"}};
    settings.cli.timeout = timeout_;
    settings.slurm.cluster = cluster_;
    settings.slurm.cluster_position = "c.yml:3: clusters[0].extra_config.cluster";
    auto made = make_slurm_manager(settings);
    EXPECT_TRUE(made) << made.error().text();
    return *std::move(made);
  }
  base::Result<std::vector<Unit>> fetch(const std::vector<KnownUnit>& known = {}) {
    return manager()->fetch_units(window_, known);
  }
  void expect_error(base::ErrorCode code, const std::string& part) {
    const auto units = fetch();
    ASSERT_FALSE(units);
    EXPECT_EQ(units.error().code, code) << units.error().text();
    EXPECT_NE(units.error().text().find(part), std::string::npos) << units.error().text();
  }

  const base::TemporaryDirectory temporary_;
  const std::string directory_ = temporary_.path();
  std::chrono::milliseconds timeout_{60'000};
  std::string cluster_;
  const Window window_{.start = TimePoint(Milliseconds(kStart)),
                       .end = TimePoint(Milliseconds(kStart + 3'600'000)),
                       .horizon = TimePoint(Milliseconds(kStart - 3'600'000))};
};

constexpr const char* kRow =
    "42|debug|normal|physics|ann|1001|ann|1001|2030-01-01T00:00:00+0000|2030-01-01T00:00:10+0000|"
    "2030-01-01T00:00:12+0000|00:00:02|2|0:0|COMPLETED|cpu=1,mem=1M|n1|short|/|42\n";

TEST_F(Slurm, AsksForEveryRunOfTheWindow) {
  answer(kRow);
  const auto units = fetch();
  ASSERT_TRUE(units) << units.error().text();
  ASSERT_EQ(units->size(), 1U);
  EXPECT_EQ(units->front().uuid, "42");
  EXPECT_EQ(units->front().time.walltime, 2);
  const std::string asked = seen();
  EXPECT_NE(asked.find("-D -X --noheader --allusers --parsable2"), std::string::npos) << asked;
  EXPECT_NE(asked.find("OUT_OF_MEMORY"), std::string::npos);
  EXPECT_NE(asked.find("--starttime 2029-12-31T23:00:00 --endtime 2030-01-01T01:00:00"), std::string::npos)
      << asked;
  EXPECT_NE(asked.find("TZ=UTC FORMAT=%Y-%m-%dT%H:%M:%S%z A=1"), std::string::npos) << asked;
}

TEST_F(Slurm, LooksAheadForTheNextRun) {
  answer(std::string(kRow) +
         "42|debug|normal|physics|ann|1001|ann|1001|2030-01-01T00:00:00+0000|2030-01-01T01:00:10+0000|"
         "Unknown|00:00:02|2|0:0|RUNNING|cpu=1,mem=1M|n1|short|/|42\n");
  Window window = window_;
  window.known_until = window.end + std::chrono::minutes(5);
  const auto units = manager()->fetch_units(window, {});
  ASSERT_TRUE(units) << units.error().text();
  ASSERT_EQ(units->size(), 1U);
  EXPECT_EQ(units->front().next_started_at_ms, kStart + 3'610'000);
  EXPECT_NE(seen().find("--endtime 2030-01-01T01:05:00"), std::string::npos) << seen();
}

TEST_F(Slurm, AsksForARunningUnitThatIsMissing) {
  answer("");
  const auto units = fetch({{.resource_manager = "slurm", .uuid = "7", .started_at_ms = kStart - 5'000}});
  ASSERT_TRUE(units) << units.error().text();
  EXPECT_TRUE(units->empty());
  EXPECT_NE(seen().find("--jobs 7"), std::string::npos) << seen();
}

TEST_F(Slurm, GivesAUnitUpThatIsNotKnownForADay) {
  answer("");
  const auto slurm = manager();
  const std::vector<KnownUnit> known = {
      {.resource_manager = "slurm", .uuid = "7", .username = "ann", .started_at_ms = kStart - 5'000}};
  Window window = window_;
  for (int hour = 0; hour < 23; ++hour) {
    ASSERT_TRUE(slurm->fetch_units(window, known)->empty()) << hour;
    window.start = window.end;
    window.end += std::chrono::hours(1);
  }
  const auto units = slurm->fetch_units(window, known);
  ASSERT_EQ(units->size(), 1U);
  EXPECT_EQ(units->front().state, "UNKNOWN");
  EXPECT_EQ(units->front().username, "ann");
  // When SLURM knew it last.
  EXPECT_EQ(units->front().ended_at_ms, kStart);
}

TEST_F(Slurm, LeavesUnitsOfOtherManagersAlone) {
  answer("");
  const auto slurm = manager();
  const std::vector<KnownUnit> known = {
      {.resource_manager = "docker", .uuid = "7", .started_at_ms = kStart - 5'000}};
  Window window = window_;
  for (int hour = 0; hour < 30; ++hour) {
    ASSERT_TRUE(slurm->fetch_units(window, known)->empty()) << hour;
    window.start = window.end;
    window.end += std::chrono::hours(1);
  }
}

TEST_F(Slurm, AsksForMissingUnitsAndTakesNoOtherRunOfThem) {
  std::string rows;
  std::vector<KnownUnit> known;
  for (int i = 0; i < 3; ++i) {
    known.push_back(
        {.resource_manager = "slurm", .uuid = std::to_string(i), .started_at_ms = kStart - 5'000});
    for (const char* start : {"2029-12-31T23:59:55+0000", "2029-12-31T20:00:00+0000"})
      rows += std::to_string(i) + "|debug|normal|physics|ann|1001|ann|1001|2029-12-31T00:00:00+0000|" +
              start + "|2030-01-01T00:00:12+0000|00:00:17|17|0:0|COMPLETED|cpu=1|n1|x|/|" +
              std::to_string(i) + "\n";
  }
  script("sacct", R"(case "$*" in *--jobs*) ;; *) exit 0 ;; esac
for word; do case "$word" in --delimiter=*) separator=${word#--delimiter=} ;; esac; done
printf ')" + rows + R"(' | sed "s/|/$separator/g")");
  const auto units = fetch(known);
  ASSERT_TRUE(units) << units.error().text();
  ASSERT_EQ(units->size(), 3U);
  for (const Unit& unit : *units)
    EXPECT_EQ(unit.started_at_ms, kStart - 5'000);
}

TEST_F(Slurm, RefusesAClusterThatSlurmDoesNotHave) {
  cluster_ = "nowhere";
  answer(kRow);
  script("sacctmgr", "echo lab; echo other");
  const auto units = fetch();
  ASSERT_FALSE(units);
  EXPECT_EQ(units.error().text(),
            "c.yml:3: clusters[0].extra_config.cluster: SLURM has no cluster 'nowhere'; it has: lab, other");
  EXPECT_FALSE(base::read_file(directory_ + "/seen"));
}

TEST_F(Slurm, AsksAgainUntilSlurmHasTheCluster) {
  cluster_ = "Lab";
  answer(kRow);
  const auto slurm = manager();
  EXPECT_FALSE(slurm->fetch_units(window_, {}));
  script("sacctmgr", "echo lab");
  EXPECT_EQ(slurm->fetch_units(window_, {})->size(), 1U);
  // Once known it is not asked for again.
  script("sacctmgr", "exit 1");
  EXPECT_TRUE(slurm->fetch_units(window_, {}));
  EXPECT_NE(seen().find("--clusters=Lab"), std::string::npos);
}

TEST_F(Slurm, RefusesWhatIsNoListOfClusters) {
  EXPECT_EQ(parse_clusters("lab\n\ntwo\n").value(), (std::vector<std::string>{"lab", "two"}));
  EXPECT_EQ(parse_clusters("lab\ngarbage here\n").error().text(),
            "sacctmgr: line 2 of the answer is no cluster");
}

TEST_F(Slurm, FailsWithWhatSacctSays) {
  script("sacct", "echo 'sacct: error: Connection refused' >&2; exit 1");
  expect_error(base::ErrorCode::kUnavailable,
               "/sacct: ended with status 1: sacct: error: Connection refused");
}

TEST_F(Slurm, FailsWhenSacctIsKilled) {
  script("sacct", "kill -9 $$");
  expect_error(base::ErrorCode::kUnavailable, "signal 9");
}

TEST_F(Slurm, MindsWarningsOnlyWhenItFails) {
  answer(kRow);
  script("sacct", *base::read_file(directory_ + "/sacct") + "\necho warning >&2");
  EXPECT_TRUE(fetch());
}

TEST_F(Slurm, BelievesNothingOfABrokenAnswer) {
  for (const std::string text : {"garbage\n", "42|debug|normal", "JobID|User\n42|ann\n"}) {
    answer(text);
    expect_error(base::ErrorCode::kInvalid, "row 1 of the answer is not a whole job");
  }
  answer(kRow + std::string("43|debug"));
  expect_error(base::ErrorCode::kInvalid, "row 2");
}

TEST_F(Slurm, EndsASacctThatHangs) {
  timeout_ = std::chrono::milliseconds(100);
  script("sacct", "sleep 600 & wait");
  expect_error(base::ErrorCode::kTimeout, "still running");
}

TEST_F(Slurm, StopsAtOnce) {
  script("sacct", "sleep 600");
  const auto slurm = manager();
  std::jthread stopper([&] { slurm->cancel(); });
  const auto units = slurm->fetch_units(window_, {});
  ASSERT_FALSE(units);
  EXPECT_EQ(units.error().code, base::ErrorCode::kCancelled);
}

TEST_F(Slurm, NeedsADirectoryOfPrograms) {
  ClusterSettings settings;
  settings.id = "hpc";
  settings.cli.path = "/nowhere/at/all";
  const auto made = make_slurm_manager(settings);
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().text().find("cluster hpc"), std::string::npos) << made.error().text();
}

TEST_F(Slurm, ReadsAssociations) {
  script("sacctmgr",
         R"(printf 'root|\nroot|root\nphysics|\nphysics|bob\nphysics|ann\nbio|ann\nphysics|ann\n')");
  const auto membership = manager()->fetch_membership({});
  ASSERT_TRUE(membership) << membership.error().text();
  EXPECT_TRUE(membership->complete);
  ASSERT_EQ(membership->users.size(), 2U);
  EXPECT_EQ(membership->users[0].name, "ann");
  EXPECT_EQ(membership->users[0].belongs_to, (std::vector<std::string>{"bio", "physics"}));
  ASSERT_EQ(membership->projects.size(), 2U);
  EXPECT_EQ(membership->projects[1].belongs_to, (std::vector<std::string>{"ann", "bob"}));
}

TEST_F(Slurm, RemovesNobodyForAnEmptyAnswer) {
  const auto membership = manager()->fetch_membership({});
  ASSERT_TRUE(membership);
  EXPECT_FALSE(membership->complete);
}

TEST_F(Slurm, RefusesWhatIsNoAssociation) {
  script("sacctmgr", "echo garbage");
  EXPECT_EQ(manager()->fetch_membership({}).error().text(),
            "sacctmgr: line 1 of the answer is no association");
}

}  // namespace
}  // namespace ceems::manager
