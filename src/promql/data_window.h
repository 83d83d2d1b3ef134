// Which samples a selector can read. Thread-safe.
#pragma once

#include "base/result.h"
#include "promql/duration.h"
#include "promql/visit.h"

#include <chrono>

namespace ceems::promql {

// Both ends belong to it; since 1970.
struct DataWindow {
  std::chrono::milliseconds from{};
  std::chrono::milliseconds to{};
  friend bool operator==(const DataWindow&, const DataWindow&) = default;
};

// An interval that holds the time of every sample that a server reads for the selector when it runs the query
// at `times`. `look_back` is how old a sample may be that an instant selector finds, at least the server's
// --query.lookback-delta (5m by default).
//
// Each subquery from the outermost in, then the selector itself: @ puts the evaluations at one time (start()
// and end() are those of the query, wherever they stand), an offset moves them back, a range widens them to
// the past. Subqueries evaluate at multiples of their step, never before their range, so the step changes
// nothing. An instant selector reaches back by look_back, a range by itself; anchored and smoothed ones also
// by look_back on both sides. info() reads its series at the times of the selectors that it joins them to.
// Ends that do not fit into 64 bits are cut to what does.
//
// kInvalid if a duration depends on the query in a way that servers refuse, such as [step()] in an instant
// query.
base::Result<DataWindow> data_window(const SelectorUse& use, const QueryTimes& times,
                                     std::chrono::milliseconds look_back);

}  // namespace ceems::promql
