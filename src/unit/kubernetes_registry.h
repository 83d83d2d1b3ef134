// Which GPUs the pods of this node hold, as the kubelet says, who gives them away: asked in the background,
// and only on a node that has GPUs. Each device of a pod is one share of its GPU: two replicas of a GPU that
// is shared in time are two. Not thread-safe.
#pragma once

#include "gpu/device_watch.h"
#include "kube/pod_device_watch.h"
#include "unit/registry.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace ceems::unit {

// For people; the view is that of the last follow().
struct PodDevicesHealth {
  kube::PodDeviceWatch::View view;
  std::size_t held = 0;      // devices of pods that are GPUs, or parts
  std::size_t unmapped = 0;  // devices that are said to be GPUs and are none that is known
};

class KubernetesRegistry final : public Registry {
 public:
  KubernetesRegistry(std::unique_ptr<kube::PodDeviceWatch> pods, std::shared_ptr<gpu::DeviceWatch> gpus);

  void follow(std::span<const Unit* const> units, bool everything) override;
  std::uint64_t generation() const override { return generation_; }
  std::optional<GpuClaim> gpus(const Unit& unit) const override;
  void stop() override { pods_->stop(); }

  // None: nobody was asked yet.
  const std::optional<PodDevicesHealth>& health() const { return health_; }

 private:
  void match();

  std::unique_ptr<kube::PodDeviceWatch> pods_;
  std::shared_ptr<gpu::DeviceWatch> gpus_;
  std::shared_ptr<const gpu::DeviceList> devices_;
  std::shared_ptr<const kube::PodDeviceList> list_;
  std::map<std::string, GpuClaim> claims_;      // by uid
  std::uint64_t followed_ = ~std::uint64_t{0};  // which units
  std::uint64_t generation_ = 0;
  std::optional<PodDevicesHealth> health_;
};

}  // namespace ceems::unit
