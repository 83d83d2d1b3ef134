#include "manager/registry.h"

#include "manager/generic.h"
#include "manager/kubernetes.h"
#include "manager/kubernetes_access.h"
#include "manager/lsf.h"
#include "manager/openpbs.h"
#include "manager/openstack.h"
#include "manager/slurm.h"

#include <algorithm>
#include <array>
#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace ceems::manager {

namespace {

constexpr std::string_view kGeneric = "generic";
constexpr std::array<std::string_view, 6> kKinds{kGeneric, "k8s", "lsf", "openpbs", "openstack", "slurm"};

}  // namespace

bool is_known(std::string_view kind) {
  return std::ranges::find(kKinds, kind) != kKinds.end();
}
std::string known_kinds() {
  return fmt::format("{}", fmt::join(kKinds, ", "));
}
bool needs_tsdb(std::string_view kind) {
  return kind == kGeneric;
}

std::vector<std::string> files_of(const ClusterSettings& settings) {
  std::vector<std::string> files = config::files_of(settings.web);
  if (settings.manager == "k8s")
    std::ranges::move(kubernetes_files(settings.kubernetes), std::back_inserter(files));
  return files;
}

base::Result<std::unique_ptr<Manager>> make_manager(const ClusterSettings& settings, tsdb::Client* tsdb) {
  if (settings.manager == kGeneric) {
    if (tsdb == nullptr)
      return base::fail(
          base::ErrorCode::kInvalid, settings.id,
          "manager generic learns its units from the TSDB of the cluster's first updater of kind tsdb, "
          "and there is none with a URL");
    return make_generic_manager(settings.generic, *tsdb);
  }
  if (settings.manager == "k8s") return make_kubernetes_manager(settings, {});
  if (settings.manager == "lsf") return make_lsf_manager(settings);
  if (settings.manager == "openpbs") return make_openpbs_manager(settings);
  if (settings.manager == "openstack") return make_openstack_manager(settings, {});
  if (settings.manager == "slurm") return make_slurm_manager(settings);
  return base::fail(base::ErrorCode::kInvalid, settings.id, "unknown manager '{}'", settings.manager);
}

}  // namespace ceems::manager
