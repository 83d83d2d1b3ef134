#include "unit/slurm_manager.h"

#include "base/text.h"
#include "unit/cgroup_path.h"
#include "unit/slurm_gpus.h"
#include "unit/slurm_identity.h"
#include "unit/user_cgroups.h"

#include <cstddef>

namespace ceems::unit {

namespace {

constexpr std::string_view kLegacyScope = "slurm";
constexpr std::string_view kUnifiedScope = "slurmstepd.scope";

// The job id in "job_<id>"; "" for other names.
std::string_view job_id_in(std::string_view component) {
  constexpr std::string_view kJob = "job_";
  if (!component.starts_with(kJob)) return "";
  component.remove_prefix(kJob.size());
  return is_slurm_job_id(component) ? component : "";
}

bool is_uid_directory(std::string_view component) {
  constexpr std::string_view kUid = "uid_";
  return component.starts_with(kUid) && base::parse_u64(component.substr(kUid.size())).has_value();
}

// The virtual node, often "", of a directory in which SLURM has its jobs; nullopt for other directories.
std::optional<std::string_view> node_of_unified_scope(std::string_view component) {
  if (component == kUnifiedScope) return "";
  if (!component.ends_with(kUnifiedScope)) return std::nullopt;
  component.remove_suffix(kUnifiedScope.size());
  if (component.size() < 2 || component.back() != '_') return std::nullopt;
  component.remove_suffix(1);
  return component;
}

std::optional<std::string_view> node_of_legacy_scope(std::string_view component) {
  if (component == kLegacyScope) return "";
  if (!component.starts_with(kLegacyScope)) return std::nullopt;
  component.remove_prefix(kLegacyScope.size());
  if (component.size() < 2 || component.front() != '_') return std::nullopt;
  component.remove_prefix(1);
  return component;
}

}  // namespace

std::optional<Claim> SlurmManager::claim(std::string_view path) const {
  if (belongs_to_users(path)) return std::nullopt;
  std::string_view rest = path;
  const std::string_view own_name = cut_last_component(rest);
  const std::string_view id = job_id_in(own_name);
  if (id.empty() && !is_sluid(own_name)) return std::nullopt;
  std::string_view scope = cut_last_component(rest);
  std::optional<std::string_view> node = node_of_unified_scope(scope);
  if (!node) {
    if (is_uid_directory(scope)) scope = cut_last_component(rest);
    node = node_of_legacy_scope(scope);
  }
  if (!node) return std::nullopt;
  Claim claim;
  claim.uuid = id;
  claim.cgrouphostname = *node;
  claim.name = own_name;
  return claim;
}

bool SlurmManager::may_claim_below(std::string_view path) const {
  return !belongs_to_users(path);
}

std::optional<std::string> SlurmManager::identify(const std::string& procfs, pid_t pid,
                                                  std::string_view directory) const {
  return slurm_job_of(procfs, pid, directory);
}

std::optional<GpuClaim> SlurmManager::gpus_in_environment(const Claim& claim,
                                                          std::string_view environment) const {
  return slurm_gpu_claim(claim.uuid, environment);
}

Belonging SlurmManager::belonging(const Claim& /*claim*/, std::string_view /*owner*/) const {
  return {};
}

}  // namespace ceems::unit
