#include "collector/compute_units_pods.h"

#include "collector/compute_units_families.h"

#include <cstdint>

namespace ceems::collector {

namespace f = unit_families;

void emit_pods(const unit::KubernetesRegistry& pods, exposition::Emitter& emitter) {
  if (!pods.health()) return;
  const unit::PodDevicesHealth& health = *pods.health();
  const kube::PodDeviceWatch::View& view = health.view;
  emitter.begin(f::kSelfPodDevices);
  if (view.allocatable) emitter.sample("{state=\"allocatable\"}", std::uint64_t{*view.allocatable});
  emitter.sample("{state=\"held\"}", std::uint64_t{health.held});
  emitter.sample("{state=\"unmapped\"}", std::uint64_t{health.unmapped});
  emitter.begin(f::kSelfPodsUnnamed);
  emitter.sample("", std::uint64_t{view.unnamed});
  emitter.begin(f::kSelfPodsAsked);
  emitter.sample("{who=\"API server\"}", view.api_server.asked);
  emitter.sample("{who=\"kubelet\"}", view.kubelet.asked);
  emitter.begin(f::kSelfPodsFailed);
  emitter.sample("{who=\"API server\"}", std::uint64_t{view.api_server.failed ? 1U : 0U});
  emitter.sample("{who=\"kubelet\"}", std::uint64_t{view.kubelet.failed ? 1U : 0U});
}

}  // namespace ceems::collector
