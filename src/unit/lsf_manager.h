// Jobs of IBM Spectrum LSF by their cgroups. With the systemd escapes undone, a job is
//
//   /lsf/<cluster>/job.<id>[<index>].<number>.<time>     the index, in brackets, of one of an array only
//
// in trees of any version. What is below it (`leaf` under v2, the service of NVIDIA's MPS) is part of it. The
// uuid is the job id as LSF shows it: "77", "77[3]". The registry says what jobs were given; of jobs that
// have parts of GPUs (MIG) it does not know which: those the processes' CUDA_VISIBLE_DEVICES names.
// Thread-safe, the registry apart.
//
// Source: IBM Spectrum LSF, LSF_LINUX_CGROUP_ACCT, LSF_PROCESS_TRACKING.
#pragma once

#include "gpu/device_watch.h"
#include "unit/lsf_watch.h"
#include "unit/manager.h"
#include "unit/registry.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ceems::unit {

class LsfRegistry final : public Registry {
 public:
  // `gpus` may be null.
  LsfRegistry(std::unique_ptr<LsfWatch> jobs, std::shared_ptr<gpu::DeviceWatch> gpus);

  void follow(std::span<const Unit* const> units, bool everything) override;
  std::uint64_t generation() const override { return generation_; }
  std::optional<GpuClaim> gpus(const Unit& unit) const override;
  // As many CPUs as the job has slots here.
  std::optional<double> cpus(const Unit& unit) const override;
  void stop() override { watch_->stop(); }

  const LsfWatch::View& health() const { return view_; }

 private:
  const LsfJob* find(const Unit& unit) const;

  std::unique_ptr<LsfWatch> watch_;
  std::shared_ptr<gpu::DeviceWatch> gpus_;
  std::shared_ptr<const gpu::DeviceList> devices_;
  LsfWatch::View view_;
  std::uint64_t followed_ = ~std::uint64_t{0};  // which units
  std::uint64_t generation_ = 0;
};

class LsfManager final : public Manager {
 public:
  // The registry may be null.
  explicit LsfManager(std::unique_ptr<LsfRegistry> registry) : registry_(std::move(registry)) {}

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
  Registry* registry() const override { return registry_.get(); }
  std::optional<GpuClaim> gpus_in_environment(const Claim& claim,
                                              std::string_view environment) const override;
  Belonging belonging(const Claim& /*claim*/, std::string_view /*owner*/) const override { return {}; }

 private:
  std::string name_ = "lsf";
  std::unique_ptr<LsfRegistry> registry_;
};

}  // namespace ceems::unit
