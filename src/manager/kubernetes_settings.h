// extra_config of a cluster whose manager is "k8s".
#pragma once

#include "base/result.h"
#include "config/yaml.h"

#include <string>
#include <vector>

namespace ceems::manager {

struct KubernetesSettings {
  std::string kubeconfig_file{};  // empty: as a pod of the cluster itself
  std::string ns_users_list_file = "/var/run/ceems/users.yaml";
  std::vector<std::string> gpu_resource_names{"nvidia.com/gpu", "amd.com/gpu"};
  std::vector<std::string> username_annotations{"ceems.io/created-by"};
  std::vector<std::string> project_annotations{};
  bool memory_time_in_mib = false;  // cpu_mem_time counts MiB x s rather than bytes x s
};

base::Result<KubernetesSettings> read_kubernetes(const config::Node& extra);

}  // namespace ceems::manager
