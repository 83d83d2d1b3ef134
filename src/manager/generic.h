// The manager "generic": units are learnt from the info series that exporters write about cgroups,
// ceems_compute_unit_info{manager, uuid, name, user, project, hostname}. A unit starts with its first sample
// and ends with its last one, once two scrapes have not seen it; the same id seen again after that is another
// unit. A unit on several hosts is one. resource_manager is the series' label `manager`, and ids of different
// managers never meet. While the TSDB itself did not scrape, nobody ends.
#pragma once

#include "manager/manager.h"
#include "manager/settings.h"

#include <memory>

namespace ceems::manager {

// `tsdb` must outlive it.
std::unique_ptr<Manager> make_generic_manager(const GenericSettings& settings, tsdb::Client& tsdb);

}  // namespace ceems::manager
