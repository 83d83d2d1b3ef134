// Containers of this node in which something can be run: those of a list of pods, as the API server gives it,
// that are up and ready. Pure.
//
// Source: the Pod v1 API of Kubernetes.
#pragma once

#include "base/result.h"
#include "kube/remote_command.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::kube {

struct ContainerWanted {
  std::string node;       // its own pods only
  std::string container;  // by name
};

inline constexpr std::size_t kMostContainers = 16;

// In the order of the list, at most kMostContainers. Pods that do not run, are about to end, or have no such
// container that is ready are left out, as is what has names that Kubernetes does not allow. Bytes may be
// anything; kInvalid for what is no list of pods.
base::Result<std::vector<ContainerName>> parse_containers(std::string_view body,
                                                          const ContainerWanted& wanted);

}  // namespace ceems::kube
