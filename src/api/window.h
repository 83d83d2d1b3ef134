// The stretch of time that a request asks about. Pure functions.
#pragma once

#include "api/parameters.h"
#include "base/result.h"
#include "store/model.h"

#include <chrono>

namespace ceems::api {

struct WindowRules {
  std::chrono::sys_seconds now;
  std::chrono::seconds max_period{0};  // longest window that may be asked for; 0: any
};

// From the parameters `from` and `to`, whole seconds since the epoch: one of them alone makes a window of 24
// hours, none the last 24 hours. Both ends belong to the window, to the end of the last second;
// it starts after the epoch at the earliest. A window that
// ends before it starts is empty and no error. kInvalid with the text for the client: not a number, or longer
// than allowed.
base::Result<store::TimeRange> read_window(const Parameters& parameters, const WindowRules& rules);

// The same for current usage: widened to whole quarters of an hour, and a missing `to` is always now.
base::Result<store::TimeRange> read_usage_window(const Parameters& parameters, const WindowRules& rules);

}  // namespace ceems::api
