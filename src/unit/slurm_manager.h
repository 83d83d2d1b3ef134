// SLURM's jobs by their cgroups. With the systemd escapes undone, a job is
//
//   v1  …/slurm/uid_<uid>/job_<id>             slurmd with a node name of its own: …/slurm_<node>/uid_<uid>/…
//   v2  …/slurmstepd.scope/job_<id>            likewise: …/<node>_slurmstepd.scope/…
//
// as whole path components, in trees of any version, and nowhere below user.slice, where users make cgroups
// as they like. What is below a job (steps, tasks) is part of it. The uuid is the job id as SLURM numbers it:
// tasks of arrays and parts of heterogeneous jobs have their own. <node> is the virtual node.
//
// From SLURM 26.05 on a SLUID (s5K1KKYAYG5D00) may stand where job_<id> would: then a slurmstepd of the job
// tells the id (see slurm_identity.h). Immutable, thread-safe.
//
// Sources: SLURM's "Cgroups Guide" and "Control Group v2 plugin", cgroup.conf(5) CgroupJobIdPaths.
#pragma once

#include "unit/manager.h"

#include <optional>
#include <string>
#include <string_view>

namespace ceems::unit {

class SlurmManager final : public Manager {
 public:
  const std::string& name() const override { return name_; }
  std::optional<Claim> claim(std::string_view path) const override;
  bool may_claim_below(std::string_view path) const override;
  std::optional<std::string> identify(const std::string& procfs, pid_t pid,
                                      std::string_view directory) const override;
  bool ends_with_its_processes() const override { return true; }
  bool knows_owners() const override { return false; }
  bool needs_owner() const override { return false; }
  bool knows_gpus() const override { return true; }
  std::optional<GpuClaim> gpus_in_environment(const Claim& claim,
                                              std::string_view environment) const override;
  Belonging belonging(const Claim& claim, std::string_view owner) const override;

 private:
  std::string name_ = "slurm";
};

}  // namespace ceems::unit
