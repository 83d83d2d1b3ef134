#include "manager/kubernetes_settings.h"

#include <string_view>
#include <utility>

namespace ceems::manager {

namespace {

base::Status read_list(const config::Node& list, std::vector<std::string>& target) {
  if (!list.present()) return {};
  CEEMS_TRY(target, list.strings());
  return {};
}

}  // namespace

base::Result<KubernetesSettings> read_kubernetes(const config::Node& extra) {
  KubernetesSettings settings;
  CEEMS_TRY_VOID(extra.check_map());
  CEEMS_TRY(settings.kubeconfig_file, extra["kubeconfig_file"].string());
  CEEMS_TRY(settings.ns_users_list_file, extra["ns_users_list_file"].string(settings.ns_users_list_file));
  CEEMS_TRY_VOID(read_list(extra["gpu_resource_names"], settings.gpu_resource_names));
  CEEMS_TRY_VOID(read_list(extra["username_annotations"], settings.username_annotations));
  CEEMS_TRY_VOID(read_list(extra["project_annotations"], settings.project_annotations));
  CEEMS_TRY(settings.memory_time_in_mib, extra["memory_time_in_mib"].boolean(false));
  return settings;
}

}  // namespace ceems::manager
