// Jobs of OpenPBS by their cgroups, as its hook pbs_cgroups makes them. With the systemd escapes undone, a
// job is
//
//   …/pbs_jobs.service/jobid/<id>, likewise below pbs_jobs.slice and pbs_jobs
//
// in trees of any version, and nowhere below user.slice. <id> is the whole one with the server's name, like
// "2025.pbs-server" or "2025[3].pbs-server" for one of an array. The uuid is that with - for _. Which GPUs a
// job holds the kernel's rules for its cgroup tell, else CUDA_VISIBLE_DEVICES in its processes, with the
// UUIDs that the hook writes there. Immutable, thread-safe.
//
// Source: the Administrator's Guide of OpenPBS, "The Cgroups Hook".
#pragma once

#include "unit/manager.h"

#include <optional>
#include <string>
#include <string_view>

namespace ceems::unit {

class OpenPbsManager final : public Manager {
 public:
  const std::string& name() const override { return name_; }
  std::optional<Claim> claim(std::string_view path) const override;
  bool may_claim_below(std::string_view path) const override;
  std::optional<std::string> identify(const std::string& /*procfs*/, pid_t /*pid*/,
                                      std::string_view /*directory*/) const override {
    return std::nullopt;  // what it claims has a uuid
  }
  bool ends_with_its_processes() const override { return true; }
  bool knows_owners() const override { return false; }
  bool needs_owner() const override { return false; }
  bool knows_gpus() const override { return true; }
  std::optional<GpuClaim> gpus_in_environment(const Claim& claim,
                                              std::string_view environment) const override;
  Belonging belonging(const Claim& /*claim*/, std::string_view /*owner*/) const override { return {}; }

 private:
  std::string name_ = "openpbs";
};

}  // namespace ceems::unit
