#include "manager/kubernetes_members.h"
#include "manager/kubernetes_pods.h"
#include "manager/lsf_jobs.h"
#include "manager/openpbs_jobs.h"
#include "manager/openstack_answers.h"
#include "manager/openstack_units.h"
#include "manager/slurm_rest_answers.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ceems::manager;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto page = parse_servers(text)) {
    for (const NovaServer& server : page->elements)
      (void)run_of(server, "", "", pauses_of(server, {}));
  }
  (void)parse_flavors(text);
  (void)parse_keystone_names(text, "users");
  (void)parse_keystone_name(text, "user");
  (void)parse_token_lifetime(text);
  (void)parse_actions(text);
  if (const auto page = parse_pods(text)) {
    for (const KubePod& pod : page->items)
      (void)run_of(pod, pod.finished_ms, {});
  }
  (void)parse_qstat(text);
  (void)parse_bjobs(text);
  (void)parse_bacct(text);
  (void)parse_slurm_jobs(text, "");
  (void)parse_slurm_openapi(text);
  (void)parse_slurm_associations(text, "");
  (void)parse_slurm_clusters(text);
  (void)parse_pod_events(text);
  (void)parse_role_bindings(text);
  (void)parse_quantity(text);
  (void)parse_namespace_users(std::string(text), "users.yaml");
  return 0;
}
