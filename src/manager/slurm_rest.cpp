#include "manager/slurm_rest.h"

#include "http/message.h"
#include "manager/parallel.h"
#include "manager/slurm.h"
#include "manager/slurm_rest_answers.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace ceems::manager {

namespace {

constexpr std::size_t kQuestionsAtATime = 8;
// Without steps a job takes some 2 KB.
constexpr std::size_t kMaxBody = std::size_t{512} << 20;
// From that version on every run is told only if it is asked for.
constexpr int kFirstWithDuplicatesFlag = 40;

std::string seconds_text(TimePoint time) {
  return fmt::format("uts{}", std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count());
}

class SlurmRest final : public SlurmSource {
 public:
  SlurmRest(const ClusterSettings& settings, Rest rest)
      : cluster_(settings.slurm.cluster), rest_(std::move(rest)) {
    if (settings.slurm.rest_version == 0) return;
    api_.version = fmt::format("v0.0.{}", settings.slurm.rest_version);
    api_.has_duplicates_flag = settings.slurm.rest_version >= kFirstWithDuplicatesFlag;
  }

  base::Result<std::vector<SlurmJob>> jobs_between(TimePoint since, TimePoint until) override;
  base::Result<std::vector<SlurmJob>> jobs_of(const std::vector<std::string>& ids) override;
  base::Result<Membership> membership() override;
  base::Result<std::vector<std::string>> clusters() override;
  void cancel() override { rest_.cancel(); }

 private:
  base::Result<std::string> get(const std::string& path) const;
  // What stands before "/jobs".
  base::Result<std::string> base_path();
  template <class T>
  base::Result<T> told(const std::string& path, base::Result<T> parsed) const {
    if (!parsed) return base::fail(parsed.error().code, rest_.shown(path), "{}", parsed.error().text());
    return parsed;
  }

  std::string cluster_;
  Rest rest_;
  SlurmRestApi api_;
};

base::Result<std::string> SlurmRest::get(const std::string& path) const {
  http::Request request;
  request.fields.set("Accept", "application/json");
  CEEMS_TRY(const http::Response response, rest_.send(path, std::move(request)));
  if (response.status != 200) return rest_.refused(path, response);
  return std::string(response.text());
}

base::Result<std::string> SlurmRest::base_path() {
  if (api_.version.empty()) {
    const std::string path = "/openapi/v3";
    CEEMS_TRY(const std::string body, get(path));
    CEEMS_TRY(api_, told(path, parse_slurm_openapi(body)));
  }
  return "/slurmdb/" + api_.version;
}

base::Result<std::vector<SlurmJob>> SlurmRest::jobs_between(TimePoint since, TimePoint until) {
  CEEMS_TRY(const std::string base, base_path());
  std::string path = fmt::format("{}/jobs?skip_steps=true&start_time={}&end_time={}", base,
                                 seconds_text(since), seconds_text(until));
  if (api_.has_duplicates_flag) path += "&show_duplicates=true";
  if (!cluster_.empty()) path += "&cluster=" + http::percent_encode(cluster_);
  CEEMS_TRY(const std::string body, get(path));
  return told(path, parse_slurm_jobs(body, cluster_));
}

base::Result<std::vector<SlurmJob>> SlurmRest::jobs_of(const std::vector<std::string>& ids) {
  if (ids.empty()) return std::vector<SlurmJob>();
  CEEMS_TRY(const std::string base, base_path());
  std::vector<std::vector<SlurmJob>> found(ids.size());
  CEEMS_TRY_VOID(ask_all(ids.size(), kQuestionsAtATime, [&](std::size_t i) -> base::Status {
    const std::string path = fmt::format("{}/job/{}", base, http::percent_encode(ids[i]));
    CEEMS_TRY(const std::string body, get(path));
    CEEMS_TRY(found[i], told(path, parse_slurm_jobs(body, cluster_)));
    return {};
  }));
  std::vector<SlurmJob> all;
  for (std::vector<SlurmJob>& some : found)
    std::ranges::move(some, std::back_inserter(all));
  return all;
}

base::Result<Membership> SlurmRest::membership() {
  CEEMS_TRY(const std::string base, base_path());
  const std::string path = base + "/associations";
  CEEMS_TRY(const std::string body, get(path));
  CEEMS_TRY(const auto associations, told(path, parse_slurm_associations(body, cluster_)));
  return membership_of(associations);
}

base::Result<std::vector<std::string>> SlurmRest::clusters() {
  CEEMS_TRY(const std::string base, base_path());
  const std::string path = base + "/clusters";
  CEEMS_TRY(const std::string body, get(path));
  return told(path, parse_slurm_clusters(body));
}

}  // namespace

base::Result<std::unique_ptr<SlurmSource>> make_slurm_rest(const ClusterSettings& settings,
                                                           const MakeTransport& make_transport) {
  CEEMS_TRY(Rest rest, Rest::create({.web = settings.web,
                                     .timeout = settings.web_timeout,
                                     .max_body_bytes = kMaxBody,
                                     .make_transport = make_transport}));
  return std::make_unique<SlurmRest>(settings, std::move(rest));
}

}  // namespace ceems::manager
