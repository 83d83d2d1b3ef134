#include "manager/slurm_rest.h"

#include "base/file.h"
#include "manager/fake_http.h"
#include "manager/slurm.h"
#include "manager/slurm_rest_answers.h"
#include "manager/slurm_tres.h"

#include <chrono>
#include <map>
#include <string>

#include <gtest/gtest.h>

namespace ceems::manager {
namespace {

constexpr std::int64_t kSubmitted = 1'795'684'317'000;

std::string data(const std::string& name) {
  return *base::read_file(std::string(CEEMS_TEST_DATA) + "/slurmrestd/" + name);
}

class SlurmRestVersions : public testing::TestWithParam<const char*> {};

TEST_P(SlurmRestVersions, TellTheSameJobs) {
  const auto jobs = parse_slurm_jobs(data(GetParam()), "");
  ASSERT_TRUE(jobs) << jobs.error().text();
  // The one that waits for its turn is left out.
  ASSERT_EQ(jobs->size(), 5U);
  const SlurmJob& first = jobs->at(0);
  EXPECT_EQ(first.id, "1");
  EXPECT_EQ(first.name, "ok|job");
  EXPECT_EQ(first.account, "chem");
  EXPECT_EQ(first.user, "ann");
  EXPECT_EQ(first.group, "ann");
  EXPECT_EQ(first.submit_ms, kSubmitted);
  EXPECT_EQ(first.start_ms, kSubmitted + 1'000);
  EXPECT_EQ(first.end_ms, kSubmitted + 3'000);
  EXPECT_EQ(first.elapsed_seconds, 2);
  EXPECT_EQ(first.exit_code, "0:0");
  EXPECT_EQ(first.state, "COMPLETED");
  EXPECT_EQ(first.workdir, "/tmp");
  EXPECT_EQ(first.nodelist, "lab1");
  EXPECT_EQ(first.tres, "cpu=1,mem=100M,node=1,billing=1,gres/gpu=2,gres/gpu:a100=2");
  EXPECT_EQ(parse_tres(first.tres, MemoryReading::kExact).memory_bytes, 100 << 20);
  EXPECT_EQ(parse_tres(first.tres, MemoryReading::kExact).gpus, 2);
  EXPECT_EQ(jobs->at(1).state, "CANCELLED by 0");
  EXPECT_EQ(jobs->at(1).exit_code, "0:9");
  EXPECT_EQ(jobs->at(3).state, "RUNNING");
  EXPECT_EQ(jobs->at(3).end_ms, 0);
  // A task of an array has its own id.
  EXPECT_EQ(jobs->at(4).id, "5");
}
INSTANTIATE_TEST_SUITE_P(Recorded, SlurmRestVersions,
                         testing::Values("jobs-v0.0.38.json", "jobs-v0.0.41.json"));
// The same jobs in the form of PARSER_ARRAY(JOB) in SLURM's src/plugins/data_parser/v0.0.43/parsers.c.
INSTANTIATE_TEST_SUITE_P(Transcribed, SlurmRestVersions, testing::Values("jobs-v0.0.43.json"));

// A job with that time/end, exit_code and state/current.
std::string odd_job(const std::string& end, const std::string& exit_code, const std::string& state) {
  return R"({"warnings":[{"description":"x"}],"errors":[],"jobs":[{"job_id":7,"nodes":"n1","licenses":null,)"
         R"("time":{"start":5,"submission":4,"elapsed":3,"end":)" +
         end + R"(},"exit_code":)" + exit_code + R"(,"state":{"current":)" + state + R"(},"tres":null}]})";
}

TEST(SlurmRestAnswers, TakeNumbersThatAreNotSetForNone) {
  for (const char* end : {"0", "null", R"({"set":false,"infinite":false,"number":9})",
                          R"({"set":false,"infinite":true,"number":0})", R"("Infinity")", R"("NaN")"}) {
    const auto jobs = parse_slurm_jobs(odd_job(end, "null", R"("RUNNING")"), "");
    ASSERT_TRUE(jobs) << end << jobs.error().text();
    EXPECT_EQ(jobs->at(0).end_ms, 0) << end;
    EXPECT_EQ(jobs->at(0).exit_code, "0:0");
    EXPECT_EQ(jobs->at(0).tres, "");
  }
  const auto jobs = parse_slurm_jobs(
      odd_job(R"({"set":true,"infinite":false,"number":9})",
              R"({"status":"SIGNALED","return_code":1,"signal":{"signal_id":15,"name":"TERM"}})",
              R"(["COMPLETED","STAGE_OUT"])"),
      "");
  EXPECT_EQ(jobs->at(0).end_ms, 9'000);
  EXPECT_EQ(jobs->at(0).exit_code, "1:15");
  EXPECT_EQ(jobs->at(0).state, "COMPLETED");
}

TEST(SlurmRestAnswers, TakeJobsOfTheClusterOnly) {
  EXPECT_EQ(parse_slurm_jobs(data("jobs-v0.0.38.json"), "LAB")->size(), 5U);
  EXPECT_EQ(parse_slurm_jobs(data("jobs-v0.0.38.json"), "other")->size(), 0U);
}

TEST(SlurmRestAnswers, TellNothingFromSomethingWrong) {
  EXPECT_TRUE(parse_slurm_jobs(data("nothing-found.json"), "")->empty());
  const auto refused = parse_slurm_jobs(data("refused.json"), "");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::ErrorCode::kUnavailable);
  EXPECT_NE(refused.error().message.find("Unable to parse time format"), std::string::npos);
  for (const char* text : {"", "{}", "<html>", R"({"jobs":7})", R"({"jobs":[{}]})",
                           R"({"jobs":[{"job_id":1}]})", R"({"jobs":[],"errors":[{"error_number":2000}]})"})
    EXPECT_FALSE(parse_slurm_jobs(text, "")) << text;
  EXPECT_FALSE(parse_slurm_jobs(data("jobs-v0.0.38.json").substr(0, 5000), ""));
}

TEST(SlurmRestAnswers, FindTheLatestInterface) {
  const auto now = parse_slurm_openapi(data("openapi.json"));
  ASSERT_TRUE(now) << now.error().text();
  EXPECT_EQ(now->version, "v0.0.38");
  EXPECT_FALSE(now->has_duplicates_flag);
  const auto later = parse_slurm_openapi(data("openapi-later.json"));
  EXPECT_EQ(later->version, "v0.0.41");
  EXPECT_TRUE(later->has_duplicates_flag);
  EXPECT_FALSE(parse_slurm_openapi("{}"));
}

TEST(SlurmRestAnswers, TellAssociations) {
  const auto associations = parse_slurm_associations(data("associations-v0.0.38.json"), "lab");
  ASSERT_TRUE(associations) << associations.error().text();
  const Membership membership = membership_of(*associations);
  ASSERT_EQ(membership.projects.size(), 2U);
  EXPECT_EQ(membership.projects[0].name, "bio");
  EXPECT_EQ(membership.projects[0].belongs_to, (std::vector<std::string>{"ann", "cid"}));
}

class SlurmRestd : public testing::Test {
 protected:
  SlurmRestd() {
    service_.answer = [this](const std::string& url, const http::Request&) -> base::Result<http::Response> {
      for (const auto& [part, response] : answers_)
        if (url.find(part) != std::string::npos) return response;
      return json_response("Unable find requested URL.", 404);
    };
    settings_.id = "hpc";
    settings_.web.url = "http://slurm:6820";
    answers_ = {{"/openapi", json_response(data("openapi.json"))},
                {"/jobs?", json_response(data("jobs-v0.0.38.json"))},
                {"/job/", json_response(data("nothing-found.json"))},
                {"/associations", json_response(data("associations-v0.0.38.json"))}};
  }
  Manager& manager() {
    if (!manager_) {
      auto made = make_slurm_manager(settings_, transport_to(service_));
      EXPECT_TRUE(made) << made.error().text();
      manager_ = *std::move(made);
    }
    return *manager_;
  }

  FakeService service_;
  std::map<std::string, http::Response> answers_;
  ClusterSettings settings_;
  std::unique_ptr<Manager> manager_;
  const Window window_{.start = TimePoint(Milliseconds(kSubmitted)),
                       .end = TimePoint(Milliseconds(kSubmitted + 60'000)),
                       .horizon = TimePoint(Milliseconds(kSubmitted - 60'000))};
};

TEST_F(SlurmRestd, TellsTheJobsOfAWindow) {
  const auto units = manager().fetch_units(window_, {});
  ASSERT_TRUE(units) << units.error().text();
  ASSERT_EQ(units->size(), 5U);
  EXPECT_EQ(units->front().resource_manager, "slurm");
  EXPECT_EQ(units->front().time.walltime, 2);
  EXPECT_EQ(service_.count("GET http://slurm:6820/slurmdb/v0.0.38/"
                           "jobs?skip_steps=true&start_time=uts1795684257&end_time=uts1795684377"),
            1U);
  EXPECT_EQ(manager().fetch_membership({})->users.size(), 4U);
  // How it is to be asked is found out once.
  ASSERT_TRUE(manager().fetch_units(window_, {}));
  EXPECT_EQ(service_.count("/openapi"), 1U);
}

TEST_F(SlurmRestd, AsksAsTheSettingsSay) {
  settings_.slurm.rest_version = 41;
  answers_["/jobs?"] = json_response(data("jobs-v0.0.41.json"));
  EXPECT_EQ(manager().fetch_units(window_, {})->size(), 5U);
  EXPECT_EQ(service_.count("/openapi"), 0U);
  EXPECT_EQ(service_.count("/slurmdb/v0.0.41/jobs?"), 1U);
  EXPECT_EQ(service_.count("show_duplicates=true"), 1U);
}

TEST_F(SlurmRestd, AsksForARunningUnitThatIsMissing) {
  answers_["/jobs?"] = json_response(data("nothing-found.json"));
  const auto units =
      manager().fetch_units(window_, {{.resource_manager = "slurm", .uuid = "77", .started_at_ms = 1}});
  ASSERT_TRUE(units) << units.error().text();
  EXPECT_EQ(service_.count("/slurmdb/v0.0.38/job/77"), 1U);
}

TEST_F(SlurmRestd, TellsOnceWhatIsToldTwice) {
  std::string twice = data("jobs-v0.0.38.json");
  const std::size_t first = twice.find('{', twice.find("\"jobs\""));
  const std::size_t last = twice.rfind('}', twice.rfind(']'));
  twice.insert(first, twice.substr(first, last + 1 - first) + ",");
  EXPECT_EQ(parse_slurm_jobs(twice, "")->size(), 10U);
  answers_["/jobs?"] = json_response(twice);
  const auto units = manager().fetch_units(window_, {});
  ASSERT_TRUE(units) << units.error().text();
  EXPECT_EQ(units->size(), 5U);
}

TEST_F(SlurmRestd, TakesTimesFromAClockThatIsAnHourOff) {
  Window late = window_;
  late.start += std::chrono::hours(1);
  late.end += std::chrono::hours(1);
  late.horizon = window_.horizon;
  const auto units = manager().fetch_units(late, {});
  ASSERT_TRUE(units) << units.error().text();
  EXPECT_EQ(units->front().time.walltime, 2);
}

TEST_F(SlurmRestd, LosesNothingToBadAnswers) {
  for (const auto& response :
       {json_response("<html>"), json_response(""), json_response("{}"), json_response("{}", 500),
        json_response("Authentication failure", 401), json_response(data("refused.json")),
        json_response(data("jobs-v0.0.38.json").substr(0, 9000))}) {
    answers_["/jobs?"] = response;
    EXPECT_FALSE(manager().fetch_units(window_, {})) << response.text().substr(0, 40);
  }
  answers_["/jobs?"] = json_response(data("jobs-v0.0.38.json"));
  EXPECT_EQ(manager().fetch_units(window_, {})->size(), 5U);
}

}  // namespace
}  // namespace ceems::manager
