// Pods of Kubernetes by their cgroups. With the systemd escapes undone, a pod is
//
//   cgroupfs driver  …/kubepods[/burstable|/besteffort]/pod<uid>
//   systemd driver   …/[<parent>-]kubepods[-burstable|-besteffort]-pod<uid>.slice, the uid with _ for -
//
// as whole path components, in trees of any version, and nowhere below user.slice, where users make cgroups
// as they like. <uid> is a UUID or, of a static pod, 32 hexadecimal digits; the slices of a quality of
// service are none. What is below a pod (containers of whatever runtime, kubelets inside of them) is part of
// it. The uuid is the uid, in lower case. Which GPUs pods hold the registry tells, if there is one.
// Thread-safe, the registry apart.
//
// Sources: kubernetes.io/docs, "Configuring a cgroup driver"; pkg/kubelet/cm of Kubernetes.
#pragma once

#include "unit/kubernetes_registry.h"
#include "unit/manager.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ceems::unit {

class KubernetesManager final : public Manager {
 public:
  // The registry may be null.
  explicit KubernetesManager(std::unique_ptr<KubernetesRegistry> registry) : registry_(std::move(registry)) {}

  const std::string& name() const override { return name_; }
  std::optional<Claim> claim(std::string_view path) const override;
  bool may_claim_below(std::string_view path) const override;
  std::optional<std::string> identify(const std::string& /*procfs*/, pid_t /*pid*/,
                                      std::string_view /*directory*/) const override {
    return std::nullopt;  // what it claims has a uuid
  }
  bool ends_with_its_processes() const override { return false; }
  bool knows_owners() const override { return false; }
  bool needs_owner() const override { return false; }
  Registry* registry() const override { return registry_.get(); }
  Belonging belonging(const Claim& /*claim*/, std::string_view /*owner*/) const override { return {}; }

 private:
  std::string name_ = "k8s";
  std::unique_ptr<KubernetesRegistry> registry_;
};

// The uid of the pod whose cgroup has that path; "" if it is none.
std::string pod_uid_of(std::string_view path);

}  // namespace ceems::unit
