// What slurmrestd answers about slurmdbd, in every form that its data parsers gave it: numbers plain or as
// {set, infinite, number}, states as a text or a list. Pure functions over bytes that may be anything; errors
// are kInvalid, or kUnavailable with what SLURM says. Source: slurm.schedmd.com/rest_api.html, and answers
// of 22.05.
#pragma once

#include "base/result.h"
#include "manager/manager.h"
#include "manager/slurm_jobs.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ceems::manager {

// Which interface there is.
struct SlurmRestApi {
  std::string version{};             // "v0.0.38"
  bool has_duplicates_flag = false;  // every run is told only if it is asked for
};

// The latest version of /slurmdb/…/jobs in the description of the interface.
base::Result<SlurmRestApi> parse_slurm_openapi(std::string_view body);

// `cluster` "" for those of any. uid and gid are 0: they are not told. Jobs that never had a node are left
// out.
base::Result<std::vector<SlurmJob>> parse_slurm_jobs(std::string_view body, std::string_view cluster);
// (account, user)
base::Result<std::vector<std::pair<std::string, std::string>>> parse_slurm_associations(
    std::string_view body, std::string_view cluster);
base::Result<std::vector<std::string>> parse_slurm_clusters(std::string_view body);

}  // namespace ceems::manager
