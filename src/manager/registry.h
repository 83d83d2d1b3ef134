// The kinds of managers there are.
#pragma once

#include "base/result.h"
#include "manager/manager.h"
#include "manager/settings.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::manager {

bool is_known(std::string_view kind);
// "generic, …", for error messages.
std::string known_kinds();
// Whether units of that kind are learnt from the TSDB of the cluster's first `tsdb` updater.
bool needs_tsdb(std::string_view kind);

// Every file that is read while the manager works.
std::vector<std::string> files_of(const ClusterSettings& settings);

// `tsdb` is that of the cluster's first `tsdb` updater, nullptr without one; it must outlive the manager.
base::Result<std::unique_ptr<Manager>> make_manager(const ClusterSettings& settings, tsdb::Client* tsdb);

}  // namespace ceems::manager
