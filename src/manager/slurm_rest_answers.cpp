#include "manager/slurm_rest_answers.h"

#include "base/text.h"
#include "base/user.h"
#include "json/read.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace ceems::manager {

namespace {

constexpr std::int64_t kMsPerSecond = 1000;
constexpr std::int64_t kNothingFound = 9003;

std::int64_t number_at(const json::value& value, std::initializer_list<std::string_view> path) {
  const json::value* found = json::at(value, path);
  if (found == nullptr) return 0;
  if (!found->is_object()) return json::loose_integer(*found).value_or(0);
  return json::bool_member(*found, "set").value_or(false)
             ? json::loose_integer_member(*found, "number").value_or(0)
             : 0;
}

std::string text_at(const json::value& value, std::initializer_list<std::string_view> path) {
  const json::value* found = json::at(value, path);
  if (found == nullptr) return {};
  // A list is a state with flags: the state is its first.
  if (const json::array* list = found->if_array())
    return list->empty() ? std::string() : json::text_of(list->front());
  return json::text_of(*found);
}

// The list of that name, unless SLURM says that something went wrong.
base::Result<const json::array*> list_of(const json::value& answer, std::string_view name) {
  if (const json::array* errors = json::array_member(answer, "errors")) {
    for (const json::value& error : *errors) {
      if (json::loose_integer_member(error, "error_number") == kNothingFound) continue;
      std::string what = json::text_member(error, "description");
      const std::string more = json::text_member(error, "error");
      if (!more.empty()) what += (what.empty() ? "" : ": ") + more;
      return base::fail(base::ErrorCode::kUnavailable, "", "SLURM says: {}", what.substr(0, 300));
    }
  }
  return json::need_array(answer, {name});
}

// As sacct writes it.
std::string tres_text(const json::value& job) {
  std::string text;
  const json::value* allocated = json::at(job, {"tres", "allocated"});
  if (allocated == nullptr || !allocated->is_array()) return text;
  for (const json::value& one : allocated->get_array()) {
    const std::int64_t count = number_at(one, {"count"});
    if (count <= 0) continue;
    const std::string type = json::text_member(one, "type");
    const std::string name = json::text_member(one, "name");
    text += fmt::format("{}{}{}{}={}{}", text.empty() ? "" : ",", type, name.empty() ? "" : "/", name, count,
                        type == "mem" ? "M" : "");
  }
  return text;
}

std::string exit_code_text(const json::value& job) {
  std::int64_t signal = number_at(job, {"exit_code", "signal", "id"});
  if (signal == 0) signal = number_at(job, {"exit_code", "signal", "signal_id"});
  return fmt::format("{}:{}", number_at(job, {"exit_code", "return_code"}), signal);
}

// Ids of users by name, as this machine has them.
class Uids {
 public:
  std::optional<std::int64_t> find(const std::string& name) {
    const auto [found, inserted] = known_.try_emplace(name);
    if (inserted)
      if (const auto user = base::find_user(name)) found->second = user->uid;
    return found->second;
  }

 private:
  std::map<std::string, std::optional<std::int64_t>> known_;
};

std::string state_text(const json::value& job, Uids& uids) {
  std::string state = text_at(job, {"state", "current"});
  const std::string killer = json::text_member(job, "kill_request_user");
  if (state != "CANCELLED" || killer.empty()) return state;
  const auto uid = uids.find(killer);
  return state + " by " + (uid ? std::to_string(*uid) : killer);
}

SlurmJob job_of(const json::value& job, Uids& uids) {
  SlurmJob made;
  made.id = std::to_string(number_at(job, {"job_id"}));
  made.partition = json::text_member(job, "partition");
  made.qos = json::text_member(job, "qos");
  made.account = json::text_member(job, "account");
  made.group = json::text_member(job, "group");
  made.user = json::text_member(job, "user");
  if (made.user.empty()) made.user = text_at(job, {"association", "user"});
  made.uid = uids.find(made.user).value_or(0);
  made.submit_ms = number_at(job, {"time", "submission"}) * kMsPerSecond;
  made.start_ms = number_at(job, {"time", "start"}) * kMsPerSecond;
  made.end_ms = number_at(job, {"time", "end"}) * kMsPerSecond;
  made.elapsed_seconds = std::max<std::int64_t>(number_at(job, {"time", "elapsed"}), 0);
  made.exit_code = exit_code_text(job);
  made.state = state_text(job, uids);
  made.tres = tres_text(job);
  made.nodelist = json::text_member(job, "nodes");
  made.name = json::text_member(job, "name");
  made.workdir = json::text_member(job, "working_directory");
  return made;
}

bool is_of(const json::value& value, std::string_view cluster) {
  return cluster.empty() || base::equals_ignoring_case(json::text_member(value, "cluster"), cluster);
}

// 38 of "/slurmdb/v0.0.38/jobs"; nullopt for other paths.
std::optional<std::uint64_t> version_in(std::string_view path) {
  constexpr std::string_view kBefore = "/slurmdb/v0.0.";
  if (!path.starts_with(kBefore)) return std::nullopt;
  path.remove_prefix(kBefore.size());
  while (path.ends_with('/'))
    path.remove_suffix(1);
  if (!path.ends_with("/jobs")) return std::nullopt;
  path.remove_suffix(std::string_view("/jobs").size());
  return base::parse_u64(path);
}

}  // namespace

base::Result<SlurmRestApi> parse_slurm_openapi(std::string_view body) {
  CEEMS_TRY(const json::value answer, json::parse(body));
  const json::object* paths = json::object_member(answer, "paths");
  std::optional<std::uint64_t> latest;
  SlurmRestApi api;
  if (paths != nullptr) {
    for (const auto& pair : *paths) {
      const auto version = version_in({pair.key().data(), pair.key().size()});
      if (!version || (latest && *latest >= *version)) continue;
      latest = version;
      api.version = fmt::format("v0.0.{}", *version);
      api.has_duplicates_flag =
          boost::json::serialize(pair.value()).find("show_duplicates") != std::string::npos;
    }
  }
  if (!latest)
    return base::fail(base::ErrorCode::kInvalid, "",
                      "the server describes no interface to jobs of slurmdbd; is its plugin loaded?");
  return api;
}

base::Result<std::vector<SlurmJob>> parse_slurm_jobs(std::string_view body, std::string_view cluster) {
  CEEMS_TRY(const json::value answer, json::parse(body));
  CEEMS_TRY(const json::array* list, list_of(answer, "jobs"));
  std::vector<SlurmJob> jobs;
  Uids uids;
  for (const json::value& one : *list) {
    if (number_at(one, {"job_id"}) <= 0 || json::at(one, {"time", "start"}) == nullptr)
      return base::fail(base::ErrorCode::kInvalid, "", "a job of the answer has no id or no times");
    SlurmJob job = job_of(one, uids);
    if (!is_of(one, cluster) || job.nodelist == "None assigned" || job.start_ms <= 0) continue;
    jobs.push_back(std::move(job));
  }
  return jobs;
}

base::Result<std::vector<std::pair<std::string, std::string>>> parse_slurm_associations(
    std::string_view body, std::string_view cluster) {
  CEEMS_TRY(const json::value answer, json::parse(body));
  CEEMS_TRY(const json::array* list, list_of(answer, "associations"));
  std::vector<std::pair<std::string, std::string>> all;
  for (const json::value& one : *list)
    if (is_of(one, cluster))
      all.emplace_back(json::text_member(one, "account"), json::text_member(one, "user"));
  return all;
}

base::Result<std::vector<std::string>> parse_slurm_clusters(std::string_view body) {
  CEEMS_TRY(const json::value answer, json::parse(body));
  CEEMS_TRY(const json::array* list, list_of(answer, "clusters"));
  std::vector<std::string> names;
  for (const json::value& one : *list)
    names.push_back(json::text_member(one, "name"));
  return names;
}

}  // namespace ceems::manager
