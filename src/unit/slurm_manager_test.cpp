#include "unit/slurm_manager.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::unit {
namespace {

struct Case {
  const char* path;
  const char* uuid;  // "" where no unit is
  const char* node;
};

void expect(const std::vector<Case>& cases) {
  const SlurmManager manager;
  for (const Case& one : cases) {
    const auto claim = manager.claim(one.path);
    EXPECT_EQ(claim.has_value(), *one.uuid != '\0') << one.path;
    if (!claim) continue;
    EXPECT_EQ(claim->uuid, one.uuid) << one.path;
    EXPECT_EQ(claim->cgrouphostname, one.node) << one.path;
  }
}

TEST(SlurmManager, KnowsJobsOfEveryLayout) {
  expect({
      {"/slurm/uid_1000/job_42", "42", ""},
      {"/slurm/job_42", "42", ""},
      {"/slurm_n7/uid_1000/job_42", "42", "n7"},
      {"/slurm_host_a-0/uid_0/job_4294967294", "4294967294", "host_a-0"},
      {"/docker/4f3a/slurm/uid_1000/job_42", "42", ""},
      {"/system.slice/slurmstepd.scope/job_42", "42", ""},
      {"/system.slice/n7_slurmstepd.scope/job_42", "42", "n7"},
      {"/system.slice/node_0_slurmstepd.scope/job_42", "42", "node_0"},
      {"/hpc.slice/slurmstepd.scope/job_42", "42", ""},
  });
}

TEST(SlurmManager, LeavesEverythingElseAlone) {
  expect({
      {"", "", ""},
      {"/", "", ""},
      {"/job_42", "", ""},
      {"job_42", "", ""},
      {"/slurm", "", ""},
      {"/slurm/uid_1000", "", ""},
      {"/slurm/uid_1000/job_42/step_0", "", ""},
      {"/slurm/uid_1000/job_42/step_0/job_43", "", ""},
      {"/slurm/uid_x/job_42", "", ""},
      {"/slurm/system/job_42", "", ""},
      {"/slurm_/uid_1000/job_42", "", ""},
      {"/slurms/uid_1000/job_42", "", ""},
      {"/myslurm/uid_1000/job_42", "", ""},
      {"/slurm/uid_1000/job_", "", ""},
      {"/slurm/uid_1000/job_x", "", ""},
      {"/slurm/uid_1000/job_42x", "", ""},
      {"/slurm/uid_1000/job_-42", "", ""},
      {"/slurm/uid_1000/job_0", "", ""},
      {"/slurm/uid_1000/job_00000000042", "", ""},
      {"/slurm/uid_1000/job_42000000000000000000", "", ""},
      {"/system.slice/slurmd.service/job_42", "", ""},
      {"/system.slice/slurmd.service", "", ""},
      {"/system.slice/slurmstepd.scope", "", ""},
      {"/system.slice/slurmstepd.scope/system", "", ""},
      {"/system.slice/slurmstepd.scope/uid_1000/job_42", "", ""},
      {"/system.slice/_slurmstepd.scope/job_42", "", ""},
      {"/system.slice/slurmstepd.scope.d/job_42", "", ""},
  });
}

TEST(SlurmManager, TakesASluidWhereAJobIdWouldStandAndLeavesTheIdOpen) {
  const SlurmManager manager;
  for (const char* path :
       {"/system.slice/n7_slurmstepd.scope/s5K1KKYAYG5D00", "/slurm_n7/uid_1000/s5K1KKYAYG5D00"}) {
    const auto claim = manager.claim(path);
    ASSERT_TRUE(claim) << path;
    EXPECT_EQ(claim->uuid, "");
    EXPECT_EQ(claim->cgrouphostname, "n7");
    EXPECT_EQ(claim->name, "s5K1KKYAYG5D00");
  }
  for (const char* path :
       {"/s5K1KKYAYG5D00", "/system.slice/s5K1KKYAYG5D00", "/system.slice/slurmstepd.scope/s5K1KK",
        "/user.slice/slurmstepd.scope/s5K1KKYAYG5D00", "/system.slice/slurmstepd.scope/job_s5K1KKYAYG5D00"}) {
    EXPECT_FALSE(manager.claim(path)) << path;
  }
}

TEST(SlurmManager, BelievesNothingThatUsersMayMakeThemselves) {
  expect({
      {"/user.slice/user-1000.slice/user@1000.service/slurm/uid_1001/job_42", "", ""},
      {"/user.slice/user-1000.slice/user@1000.service/system.slice/slurmstepd.scope/job_42", "", ""},
      {"/user.slice/slurm_n7/uid_1001/job_42", "", ""},
      {"/user.slices/slurm/uid_1001/job_42", "42", ""},
  });
  EXPECT_FALSE(SlurmManager().may_claim_below("/user.slice"));
  EXPECT_FALSE(SlurmManager().may_claim_below("/user.slice/user-1000.slice"));
  EXPECT_TRUE(SlurmManager().may_claim_below("/system.slice"));
}

}  // namespace
}  // namespace ceems::unit
