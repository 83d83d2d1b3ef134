#include "unit/slurm_identity.h"

#include "cgroup/test_tree.h"

#include <unistd.h>

#include <string>

#include <gtest/gtest.h>

namespace ceems::unit {
namespace {

using cgroup::testing::FakeTree;
using namespace std::string_literals;

constexpr const char* kRoot = "Name:\tx\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\n";
constexpr const char* kSlurmLeaf = "/sys/fs/cgroup/system.slice/slurmstepd.scope/s5K1KKYAYG5D00/step_0/slurm";
constexpr const char* kTaskLeaf =
    "/sys/fs/cgroup/system.slice/slurmstepd.scope/s5K1KKYAYG5D00/step_0/user/task_0";

// A process in a directory of ordinary files.
struct Process {
  FakeTree tree;
  void is(const std::string& status, const std::string& program) const {
    tree.write("7/status", status);
    ASSERT_EQ(::symlink(program.c_str(), tree.path("7/exe").c_str()), 0);
  }
  std::optional<std::string> job(const char* directory = kTaskLeaf) const {
    return slurm_job_of(tree.root(), 7, directory);
  }
};

TEST(SlurmIdentity, KnowsSluidsFromOtherNames) {
  EXPECT_TRUE(is_sluid("s5K1KKYAYG5D00"));
  EXPECT_TRUE(is_sluid("s0000000000000"));
  for (const char* other : {"", "s", "s5K1KKYAYG5D0", "s5K1KKYAYG5D000", "S5K1KKYAYG5D00", "s5k1kkyayg5d00",
                            "s5K1KKYAYG5DI0", "s5K1KKYAYG5DL0", "s5K1KKYAYG5DO0", "s5K1KKYAYG5DU0", "system",
                            "slurmd.service", "x5K1KKYAYG5D00", "s5K1KKYAYG/D00"}) {
    EXPECT_FALSE(is_sluid(other)) << other;
  }
}

TEST(SlurmIdentity, TakesOnlyTheVariableOfExactlyThatName) {
  EXPECT_EQ(job_id_in_environment("A=1\0SLURM_JOB_ID=42\0SLURM_JOB_ID=43\0"s), "42");
  EXPECT_EQ(job_id_in_environment("SLURM_JOB_ID=42"), "42");
  EXPECT_EQ(job_id_in_environment("XSLURM_JOB_ID=1\0SLURM_JOB_ID_X=2\0A=SLURM_JOB_ID=3\0SLURM_JOB_ID\0"s),
            "");
  for (const char* value : {"", "0", "042", "-1", "+1", "4x", "4 ", "4294967296", "99999999999999999999"})
    EXPECT_EQ(job_id_in_environment(std::string("SLURM_JOB_ID=") + value), "") << value;
  EXPECT_EQ(job_id_in_environment(std::string(1 << 20, '\0')), "");
  EXPECT_EQ(job_id_in_environment(std::string(1 << 20, 'A')), "");
}

TEST(SlurmIdentity, TakesTheJobFromATitle) {
  EXPECT_EQ(job_id_in_title("slurmstepd: [42.batch]\0\0\0"s), "42");
  EXPECT_EQ(job_id_in_title("slurmstepd: [42.extern]"), "42");
  EXPECT_EQ(job_id_in_title("slurmstepd: [42]"), "42");
  for (const char* other :
       {"", "slurmstepd", "slurmstepd: [", "slurmstepd: [.batch]", "slurmstepd: [x.batch]", "slurmstepd: [42",
        "/bin/slurmstepd: [42.0]", "slurmstepd: [s5K1KKYAYG5D00.0]", "slurmstepd: [99999999999.0]"}) {
    EXPECT_EQ(job_id_in_title(other), "") << other;
  }
}

TEST(SlurmIdentity, BelievesTheEnvironmentOfASlurmstepdThenItsTitle) {
  Process process;
  process.is(kRoot, "/usr/sbin/slurmstepd-that-is-not-there");
  EXPECT_EQ(process.job(), std::nullopt);
  process.tree.write("7/cmdline", "slurmstepd: [42.batch]\0"s);
  EXPECT_EQ(process.job(), "42");
  process.tree.write("7/environ", std::string(2000, '\0'));
  EXPECT_EQ(process.job(), "42");
  process.tree.write("7/environ", "PATH=/bin\0SLURM_JOB_ID=41\0"s);
  EXPECT_EQ(process.job(), "41");
}

TEST(SlurmIdentity, FallsBackToTheTitleWhenTheEnvironmentIsTooLarge) {
  Process process;
  process.is(kRoot, "/usr/sbin/slurmstepd-that-is-not-there");
  process.tree.write("7/cmdline", "slurmstepd: [42.batch]\0"s);
  process.tree.write("7/environ", std::string((1 << 20) + 1, 'A'));
  EXPECT_EQ(process.job(), "42");
}

TEST(SlurmIdentity, BelievesNoProcessOfAUser) {
  for (const char* uids :
       {"1000\t1000\t1000\t1000", "1000\t0\t0\t0", "0\t1000\t0\t0", "0\t0\t0\t1000", "0\t0\t0", "", "x"}) {
    Process process;
    process.is(fmt::format("Uid:\t{}\n", uids), "/usr/sbin/slurmstepd-that-is-not-there");
    process.tree.write("7/environ", "SLURM_JOB_ID=41\0"s);
    process.tree.write("7/cmdline", "slurmstepd: [41.batch]\0"s);
    EXPECT_EQ(process.job(kTaskLeaf), std::nullopt) << uids;
    EXPECT_EQ(process.job(kSlurmLeaf), std::nullopt) << uids;
  }
}

TEST(SlurmIdentity, BelievesNoOtherProgramOfRoots) {
  // sudo, waiting for a password, is root's in every way, and has the user's environment.
  Process process;
  process.is(kRoot, "/usr/bin/sudo");
  process.tree.write("7/environ", "SLURM_JOB_ID=41\0"s);
  process.tree.write("7/cmdline", "slurmstepd: [41.batch]\0"s);
  EXPECT_EQ(process.job(kTaskLeaf), std::nullopt);
  EXPECT_EQ(process.job(kSlurmLeaf), std::nullopt);
}

TEST(SlurmIdentity, BelievesNoProgramOfThatNameWithMoreRights) {
  for (const ::mode_t mode : {04755U, 02755U, 0775U, 0757U}) {
    Process process;
    process.tree.write("slurmstepd", "");
    ASSERT_EQ(::chmod(process.tree.path("slurmstepd").c_str(), mode), 0);
    process.is(kRoot, process.tree.path("slurmstepd"));
    process.tree.write("7/environ", "SLURM_JOB_ID=41\0"s);
    EXPECT_EQ(process.job(kSlurmLeaf), std::nullopt) << mode;
  }
}

TEST(SlurmIdentity, BelievesWhatOnlySlurmMayPutInItsOwnLeafWhereTheProgramIsHidden) {
  Process process;
  process.tree.write("7/status", kRoot);
  process.tree.write("7/cmdline", "slurmstepd: [42.batch]\0"s);
  EXPECT_EQ(process.job(kTaskLeaf), std::nullopt);
  EXPECT_EQ(process.job("/job/slurm"), std::nullopt);
  EXPECT_EQ(process.job("slurm"), std::nullopt);
  EXPECT_EQ(process.job(kSlurmLeaf), "42");
}

TEST(SlurmIdentity, LearnsNothingFromAProcessThatHasGone) {
  const FakeTree tree;
  EXPECT_EQ(slurm_job_of(tree.root(), 7, kSlurmLeaf), std::nullopt);
}

}  // namespace
}  // namespace ceems::unit
