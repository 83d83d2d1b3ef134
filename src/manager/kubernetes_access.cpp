#include "manager/kubernetes_access.h"

#include "base/file.h"

#include <utility>

namespace ceems::manager {

base::Result<kube::Access> kubernetes_access(const KubernetesSettings& settings) {
  return kube::find_access(settings.kubeconfig_file);
}

std::vector<std::string> kubernetes_files(const KubernetesSettings& settings) {
  std::vector<std::string> files;
  if (!settings.kubeconfig_file.empty()) files.push_back(settings.kubeconfig_file);
  if (!settings.ns_users_list_file.empty() && base::exists(settings.ns_users_list_file))
    files.push_back(settings.ns_users_list_file);
  if (const auto access = kubernetes_access(settings))
    for (std::string& file : config::files_of(access->web))
      files.push_back(std::move(file));
  return files;
}

}  // namespace ceems::manager
