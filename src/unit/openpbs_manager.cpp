#include "unit/openpbs_manager.h"

#include "unit/cgroup_path.h"
#include "unit/cuda_devices.h"
#include "unit/environment.h"
#include "unit/user_cgroups.h"

#include <algorithm>
#include <cstddef>

namespace ceems::unit {

namespace {

// "…/pbs_jobs.service/jobid": where the hook has its jobs.
bool holds_jobs(std::string_view directory) {
  constexpr std::string_view kBelow = "/jobid";
  constexpr std::string_view kJobs = "pbs_jobs";
  if (!directory.ends_with(kBelow)) return false;
  directory.remove_suffix(kBelow.size());
  std::string_view parent = last_component(directory);
  for (const std::string_view kind : {".service", ".slice"}) {
    if (parent.ends_with(kind)) parent.remove_suffix(kind.size());
  }
  return parent == kJobs;
}

// A number comes first, whatever the server is called.
bool is_job_id(std::string_view text) {
  return !text.empty() && text.front() >= '0' && text.front() <= '9' &&
         text.find('.') != std::string_view::npos;
}

}  // namespace

std::optional<Claim> OpenPbsManager::claim(std::string_view path) const {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos || belongs_to_users(path)) return std::nullopt;
  const std::string_view id = path.substr(slash + 1);
  if (!holds_jobs(path.substr(0, slash)) || !is_job_id(id)) return std::nullopt;
  Claim claim;
  claim.uuid = id;
  std::ranges::replace(claim.uuid, '_', '-');
  claim.name = id;
  return claim;
}

bool OpenPbsManager::may_claim_below(std::string_view path) const {
  return !belongs_to_users(path);
}

std::optional<GpuClaim> OpenPbsManager::gpus_in_environment(const Claim& claim,
                                                            std::string_view environment) const {
  if (variable(environment, "PBS_JOBID") != claim.name) return std::nullopt;
  GpuClaim said;
  said.uuids = uuids_in(variable(environment, "CUDA_VISIBLE_DEVICES"));
  said.is_whole = said.names_gpus();
  return said;
}

}  // namespace ceems::unit
