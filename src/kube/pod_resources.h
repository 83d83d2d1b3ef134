// What a kubelet says of the devices that it gave to pods: the answers of its pod-resources service, v1 and
// v1alpha1 alike. Pure functions over bytes that may be anything; errors are kInvalid, and kTooLarge for more
// than any node has. What is unknown is passed over. Thread-safe.
//
// Source: k8s.io/kubelet/pkg/apis/podresources/{v1,v1alpha1}/api.proto.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::kube {

// One thing that a pod was given.
struct PodDevice {
  // Whose: the resource ("nvidia.com/gpu"), or the driver of a claim ("gpu.nvidia.com").
  std::string kind;
  // What it is called: one id of a device plug-in; of a claim's device what CDI calls the devices that come
  // with it ("nvidia.com/gpu=0") and, last, its name in the driver's pool ("gpu-0").
  std::vector<std::string> names;
  bool operator==(const PodDevice&) const = default;
};

struct PodResources {
  std::string name_space;
  std::string name;
  // Each once, though containers that share it all have it.
  std::vector<PodDevice> devices;
  bool operator==(const PodResources&) const = default;
};

inline constexpr std::size_t kMostPods = 4096;
inline constexpr std::size_t kMostPodDevices = 4096;  // of one pod

// ListPodResourcesResponse. Pods without devices are left out.
base::Result<std::vector<PodResources>> parse_pod_resources(std::string_view message);
// AllocatableResourcesResponse: how many devices the kubelet has to give that are of one of those makers
// ("nvidia.com").
base::Result<std::size_t> count_allocatable(std::string_view message,
                                            const std::vector<std::string_view>& makers);

}  // namespace ceems::kube
