#include "manager/registry.h"

#include "manager/generic.h"

namespace ceems::manager {

namespace {

constexpr std::string_view kGeneric = "generic";

}  // namespace

bool is_known(std::string_view kind) {
  return kind == kGeneric;
}
std::string_view known_kinds() {
  return kGeneric;
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
  return base::fail(base::ErrorCode::kInvalid, settings.id, "unknown manager '{}'", settings.manager);
}

}  // namespace ceems::manager
