#include "manager/registry.h"

#include "manager/generic.h"
#include "manager/slurm.h"

namespace ceems::manager {

namespace {

constexpr std::string_view kGeneric = "generic";
constexpr std::string_view kSlurm = "slurm";

}  // namespace

bool is_known(std::string_view kind) {
  return kind == kGeneric || kind == kSlurm;
}
std::string_view known_kinds() {
  return "generic, slurm";
}
bool needs_tsdb(std::string_view kind) {
  return kind == kGeneric;
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
  if (settings.manager == kSlurm) return make_slurm_manager(settings);
  return base::fail(base::ErrorCode::kInvalid, settings.id, "unknown manager '{}'", settings.manager);
}

}  // namespace ceems::manager
