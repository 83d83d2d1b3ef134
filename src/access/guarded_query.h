// Whole queries, narrowed to what their reader may see and printed anew: nothing of the text that was asked
// is sent on as it was.
#pragma once

#include "access/guard.h"
#include "base/result.h"
#include "promql/duration.h"
#include "promql/parser.h"
#include "store/model.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace ceems::access {

// A query that runs at `times`. Every selector is narrowed, wherever it stands, for all samples that it can
// read, and for `also`: times that the server reads all selectors at. kInvalid with the position for what is
// no PromQL; else as Guard::narrow(). A guard with a memory recalls what it narrowed before, if the limits
// were the same.
base::Result<std::string> guard_query(std::string_view query, const promql::QueryTimes& times,
                                      std::chrono::milliseconds look_back, const Guard& guard,
                                      const std::optional<store::TimeRange>& also = {},
                                      const promql::Limits& limits = {});

// A series selector, as `match[]` has it.
base::Result<std::string> guard_selector(std::string_view text, const store::TimeRange& window,
                                         const store::TimeRange& reach, const Guard& guard,
                                         const promql::Limits& limits = {});

// What to ask for in place of no selector at all.
base::Result<std::string> guarded_everything(const store::TimeRange& window, const store::TimeRange& reach,
                                             const Guard& guard);

}  // namespace ceems::access
