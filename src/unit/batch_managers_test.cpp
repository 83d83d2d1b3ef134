#include "unit/lsf_jobs.h"
#include "unit/lsf_manager.h"
#include "unit/openpbs_manager.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::unit {
namespace {

using namespace std::string_literals;

std::string uuid_of(const Manager& manager, const std::string& path) {
  const auto claim = manager.claim(path);
  return claim ? claim->uuid : "";
}

TEST(LsfManager, ClaimsJobsAndThoseOfArrays) {
  const LsfManager lsf(nullptr);
  EXPECT_EQ(uuid_of(lsf, "/lsf/cl1/job.77.4100.1775289779"), "77");
  EXPECT_EQ(uuid_of(lsf, "/lsf/cl1/job.77[3].4100.1775289779"), "77[3]");
  for (const char* path :
       {"/lsf/cl1/job.77[3].4100.1775289779/leaf", "/lsf/cl1/job.77[3.4100.1", "/lsf/cl1/job.77[].4100.1",
        "/lsf/cl1/job.x.4100.1", "/lsf/cl1/job.77.4100", "/lsf/job.77.4100.1", "/a/lsf/cl1/job.77.4100.1",
        "/user.slice/lsf/cl1/job.77.4100.1", "/lsfx/cl1/job.77.4100.1", "/", ""})
    EXPECT_EQ(uuid_of(lsf, path), "") << path;
  EXPECT_TRUE(lsf.may_claim_below("/lsf/cl1"));
  EXPECT_FALSE(lsf.may_claim_below("/lsfx"));
  EXPECT_FALSE(lsf.may_claim_below("/system.slice"));
}

TEST(LsfManager, BelievesOnlyProcessesOfTheJobItself) {
  const LsfManager lsf(nullptr);
  const Claim claim = *lsf.claim("/lsf/cl1/job.77[3].4100.1");
  const auto uuids = [&](const std::string& environment) {
    const auto said = lsf.gpus_in_environment(claim, environment);
    return said ? said->uuids : std::vector<std::string>{"nobody"};
  };
  using List = std::vector<std::string>;
  EXPECT_EQ(uuids("LSB_BATCH_JID=77[3]\0CUDA_VISIBLE_DEVICES=MIG-GPU-1/7/0,MIG-GPU-1/8/0"s),
            (List{"MIG-GPU-1/7/0", "MIG-GPU-1/8/0"}));
  EXPECT_EQ(uuids("LSB_BATCH_JID=77[3]\0CUDA_VISIBLE_DEVICES=0,1\0CUDA_VISIBLE_DEVICES1=MIG-GPU-1/7/0"s),
            (List{"MIG-GPU-1/7/0"}));
  EXPECT_EQ(uuids("LSB_BATCH_JID=77[3]\0CUDA_VISIBLE_DEVICES"s), List{});
  EXPECT_EQ(uuids("LSB_BATCH_JID=77[4]\0CUDA_VISIBLE_DEVICES=GPU-1"s), List{"nobody"});
  EXPECT_EQ(uuids("XLSB_BATCH_JID=77[3]"s), List{"nobody"});
  EXPECT_EQ(uuids("LSB_JOBID=77"s), List{"nobody"});
}

TEST(LsfJobs, AreReadAsBjobsPrintsThem) {
  const auto jobs = parse_lsf_jobs(R"({"COMMAND": "bjobs", "JOBS": 4, "RECORDS": [
      {"JOBID": "77", "JOBINDEX": "3", "ALLOC_SLOT": "n7:n7:n70", "NALLOC_SLOT": "3", "GPU_ALLOC": "n7:1,0,1;n70:2"},
      {"JOBID": 78, "JOBINDEX": "0", "ALLOC_SLOT": "4*n7.site.org", "GPU_ALLOC": "n7:1/7,1/8"},
      {"JOBID": "79", "JOBINDEX": "", "ALLOC_SLOT": "-", "GPU_ALLOC": ""},
      {"JOBID": "80", "GPU_ALLOC": "n7:x,-1,99999999999999999999,2;;n7"},
      {"JOBINDEX": "5"}, 7]})",
                                   {"n7"});
  ASSERT_TRUE(jobs) << jobs.error().text();
  ASSERT_EQ(jobs->size(), 4);
  EXPECT_EQ(jobs->at("77[3]"), (LsfJob{.slots = 2, .gpus = {{1, 0}}}));
  EXPECT_EQ(jobs->at("78"), (LsfJob{.slots = 4, .gpus = std::nullopt}));
  EXPECT_EQ(jobs->at("79"), LsfJob());
  EXPECT_EQ(jobs->at("80"), (LsfJob{.slots = 0, .gpus = {{2}}}));
}

TEST(LsfJobs, AreNotReadOfAnythingElse) {
  for (const char* text :
       {"", "No unfinished job found", "{}", "[]", R"({"RECORDS": {}})", R"({"RECORDS": [)"})
    EXPECT_FALSE(parse_lsf_jobs(text, {"n7"})) << text;
}

TEST(OpenPbsManager, ClaimsJobsOfItsHook) {
  const OpenPbsManager pbs;
  EXPECT_EQ(uuid_of(pbs, "/pbs_jobs.service/jobid/2025.pbs-server"), "2025.pbs-server");
  EXPECT_EQ(uuid_of(pbs, "/pbs_jobs.slice/jobid/2025[0].pbs-server"), "2025[0].pbs-server");
  EXPECT_EQ(uuid_of(pbs, "/pbs_jobs/jobid/7.a_b"), "7.a-b");
  for (const char* path :
       {"/pbs_jobs.service/jobid", "/pbs_jobs.service/jobid/x.y", "/pbs_jobs.service/jobid/7",
        "/other.service/jobid/7.a", "/pbs_jobs.service/7.a", "/user.slice/pbs_jobs.service/jobid/7.a",
        "/pbs_jobs.service/jobid/7.a/task", "/", ""})
    EXPECT_EQ(uuid_of(pbs, path), "") << path;
}

TEST(OpenPbsManager, BelievesOnlyProcessesOfTheJobItself) {
  const OpenPbsManager pbs;
  const Claim claim = *pbs.claim("/pbs_jobs.service/jobid/7.a_b");
  const auto said = pbs.gpus_in_environment(claim, "PBS_JOBID=7.a_b\0CUDA_VISIBLE_DEVICES=GPU-1,MIG-2,3"s);
  ASSERT_TRUE(said);
  EXPECT_EQ(said->uuids, (std::vector<std::string>{"GPU-1", "MIG-2"}));
  EXPECT_TRUE(said->is_whole);
  EXPECT_FALSE(pbs.gpus_in_environment(claim, "PBS_JOBID=8.a_b\0CUDA_VISIBLE_DEVICES=GPU-1"s));
  EXPECT_FALSE(pbs.gpus_in_environment(claim, "PBS_JOBID"));
  EXPECT_FALSE(pbs.gpus_in_environment(claim, "PBS_JOBID=7.a_b"s)->is_whole);
}

}  // namespace
}  // namespace ceems::unit
