// The manager "openpbs": jobs as qstat tells them, with those of the server's history (job_history_enable). A
// unit is one run of a job; of one that ran again only the last run is told: the one before ended when it was
// known to run last, as REQUEUED. Projects are the accounts of jobs, else their projects; users are those
// seen with them.
#pragma once

#include "base/result.h"
#include "manager/manager.h"
#include "manager/settings.h"

#include <memory>

namespace ceems::manager {

// Errors: there is no qstat.
base::Result<std::unique_ptr<Manager>> make_openpbs_manager(const ClusterSettings& settings);

}  // namespace ceems::manager
