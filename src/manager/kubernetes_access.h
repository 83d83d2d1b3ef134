// How to reach a cluster's API server, by its settings.
#pragma once

#include "base/result.h"
#include "kube/access.h"
#include "manager/kubernetes_settings.h"

#include <string>
#include <vector>

namespace ceems::manager {

base::Result<kube::Access> kubernetes_access(const KubernetesSettings& settings);

// All files that are read for it, as far as can be told now.
std::vector<std::string> kubernetes_files(const KubernetesSettings& settings);

}  // namespace ceems::manager
