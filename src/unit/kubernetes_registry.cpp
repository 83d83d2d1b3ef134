#include "unit/kubernetes_registry.h"

#include "unit/kubernetes_devices.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace ceems::unit {

KubernetesRegistry::KubernetesRegistry(std::unique_ptr<kube::PodDeviceWatch> pods,
                                       std::shared_ptr<gpu::DeviceWatch> gpus)
    : pods_(std::move(pods)), gpus_(std::move(gpus)) {}

void KubernetesRegistry::follow(std::span<const Unit* const> units, bool /*everything*/) {
  gpus_->start();
  auto devices = gpus_->view().list;
  // Whoever has no GPUs gives none away.
  if (devices == nullptr || (devices->devices.empty() && !health_)) return;
  std::uint64_t print = units.size();
  for (const Unit* unit : units)
    print += unit->serial * 0x9E37'79B9'7F4A'7C15;
  if (print != followed_) {
    followed_ = print;
    std::vector<std::string> uids;
    uids.reserve(units.size());
    for (const Unit* unit : units)
      uids.push_back(unit->claim.uuid);
    std::ranges::sort(uids);
    pods_->follow(std::move(uids));
  }
  if (!health_) health_.emplace();
  health_->view = pods_->view();
  if (devices == devices_ && health_->view.list == list_) return;
  devices_ = std::move(devices);
  list_ = health_->view.list;
  match();
}

void KubernetesRegistry::match() {
  claims_.clear();
  health_->held = 0;
  health_->unmapped = 0;
  ++generation_;
  if (list_ == nullptr) return;
  for (const auto& [uid, held] : list_->by_uid) {
    GpuClaim& claim = claims_[uid];
    claim.is_whole = true;
    for (const kube::PodDevice& device : held) {
      std::vector<std::string> gpus = gpus_of_pod_device(device, devices_->devices);
      if (gpus.empty()) {
        health_->unmapped += gpu_maker(device.kind) ? 1 : 0;
        continue;
      }
      ++health_->held;
      std::ranges::move(gpus, std::back_inserter(claim.uuids));
    }
  }
}

std::optional<GpuClaim> KubernetesRegistry::gpus(const Unit& unit) const {
  if (list_ == nullptr) return std::nullopt;
  const auto found = claims_.find(unit.claim.uuid);
  return found == claims_.end() ? GpuClaim() : found->second;
}

}  // namespace ceems::unit
