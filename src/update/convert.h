// Between what managers tell and what the database holds. Pure functions.
#pragma once

#include "manager/manager.h"
#include "store/time_zone.h"
#include "store/writer.h"

#include <vector>

namespace ceems::update {

std::vector<manager::KnownUnit> to_known(const std::vector<store::RunningUnit>& running);

// Texts are in the site's time zone; a unit that runs already keeps the text of its start, which is part of
// its identity.
std::vector<store::Unit> to_rows(const std::string& cluster_id, std::vector<manager::Unit> units,
                                 const std::vector<store::RunningUnit>& running,
                                 const store::TimeZone& time_zone);

store::Membership to_rows(manager::Membership membership);

}  // namespace ceems::update
