#include "promql/data_window.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

namespace ceems::promql {

namespace {

using std::chrono::milliseconds;

milliseconds add(milliseconds a, milliseconds b) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a.count(), b.count(), &sum))
    sum = b.count() > 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
  return milliseconds(sum);
}

milliseconds subtract(milliseconds a, milliseconds b) {
  std::int64_t difference = 0;
  if (__builtin_sub_overflow(a.count(), b.count(), &difference))
    difference =
        b.count() < 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
  return milliseconds(difference);
}

class Narrowing {
 public:
  Narrowing(const QueryTimes& times, milliseconds look_back)
      : times_(times), look_back_(look_back), window_{times.start, times.end} {}

  base::Status subqueries(const std::vector<const Subquery*>& subqueries) {
    for (const Subquery* subquery : subqueries) {
      CEEMS_TRY_VOID(modifiers(subquery->at, subquery->offset));
      CEEMS_TRY_VOID(reach_back(subquery->range));
      // Not of use here, but a server refuses the query where it cannot be computed.
      if (subquery->step) CEEMS_TRY_VOID(evaluate_duration(*subquery->step, times_, DurationSign::kPositive));
    }
    return {};
  }

  base::Status modifiers(const std::optional<At>& at, const std::optional<DurationExpression>& offset) {
    if (at) {
      const milliseconds time = at->kind == At::Kind::kTime    ? at->time
                                : at->kind == At::Kind::kStart ? times_.start
                                                               : times_.end;
      window_ = {time, time};
    }
    if (!offset) return {};
    CEEMS_TRY(const DurationBounds bounds, evaluate_duration(*offset, times_, DurationSign::kAny));
    window_ = {subtract(window_.from, bounds.most), subtract(window_.to, bounds.least)};
    return {};
  }

  base::Status reach_back(const DurationExpression& range) {
    CEEMS_TRY(const DurationBounds bounds, evaluate_duration(range, times_, DurationSign::kPositive));
    window_.from = subtract(window_.from, bounds.most);
    return {};
  }

  base::Status selector(const VectorSelector& selector, const DurationExpression* range) {
    CEEMS_TRY_VOID(modifiers(selector.at, selector.offset));
    if (range != nullptr) CEEMS_TRY_VOID(reach_back(*range));
    if (range == nullptr || selector.extension != Extension::kNone) look_back();
    if (selector.extension != Extension::kNone) window_.to = add(window_.to, look_back_);
    return {};
  }

  void look_back() { window_.from = subtract(window_.from, look_back_); }

  DataWindow window() const { return window_; }

 private:
  const QueryTimes& times_;
  milliseconds look_back_;
  DataWindow window_;
};

void widen(DataWindow& window, const DataWindow& other) {
  window.from = std::min(window.from, other.from);
  window.to = std::max(window.to, other.to);
}

base::Result<DataWindow> window_of(const SelectorPlace& place, const QueryTimes& times,
                                   milliseconds look_back) {
  Narrowing narrowing(times, look_back);
  CEEMS_TRY_VOID(narrowing.subqueries(place.subqueries));
  if (place.selector != nullptr)
    CEEMS_TRY_VOID(narrowing.selector(*place.selector, place.range));
  else
    narrowing.look_back();
  return narrowing.window();
}

}  // namespace

base::Result<DataWindow> data_window(const SelectorUse& use, const QueryTimes& times,
                                     milliseconds look_back) {
  CEEMS_TRY(DataWindow window, window_of(use.place, times, look_back));
  for (const SelectorPlace& joined : use.joined) {
    CEEMS_TRY(const DataWindow own, window_of(joined, times, look_back));
    widen(window, own);
    // A server may take over only the modifiers of the selector itself, not the subqueries around it.
    if (joined.selector == nullptr) continue;
    Narrowing narrowing(times, look_back);
    CEEMS_TRY_VOID(narrowing.subqueries(use.place.subqueries));
    CEEMS_TRY_VOID(narrowing.selector(*joined.selector, nullptr));
    widen(window, narrowing.window());
  }
  return window;
}

}  // namespace ceems::promql
