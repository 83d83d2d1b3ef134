// The manager "lsf": jobs that run as bjobs tells them, those that ended as bacct does. What bacct lacks of a
// job is what bjobs told while it ran. Users and projects are those seen with jobs.
#pragma once

#include "base/result.h"
#include "manager/manager.h"
#include "manager/settings.h"

#include <memory>

namespace ceems::manager {

// Errors: there is no bacct.
base::Result<std::unique_ptr<Manager>> make_lsf_manager(const ClusterSettings& settings);

}  // namespace ceems::manager
