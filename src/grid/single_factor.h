// Services that tell one factor. Internal to this room.
#pragma once

#include "base/result.h"
#include "grid/json_api.h"
#include "grid/poller.h"

namespace ceems::grid {

// What came of asking: a table of that factor, or the problem, about the service if about nothing else; and
// the pause that the service asked for.
Poll poll_of(base::Result<EmissionFactor> factor, JsonApi& api);

}  // namespace ceems::grid
