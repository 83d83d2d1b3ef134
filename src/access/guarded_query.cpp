#include "access/guarded_query.h"

#include "access/query_memory.h"
#include "promql/data_window.h"
#include "promql/printer.h"
#include "promql/visit.h"

#include <algorithm>

namespace ceems::access {

namespace {

base::Status narrow(const promql::SelectorUse& use, const promql::QueryTimes& times,
                    std::chrono::milliseconds look_back, const std::optional<store::TimeRange>& also,
                    const Guard& guard) {
  if (use.kind == promql::SelectorKind::kInfo || use.kind == promql::SelectorKind::kImplicitInfo)
    return guard.check_info(use.selector);
  CEEMS_TRY(const promql::DataWindow read, promql::data_window(use, times, look_back));
  store::TimeRange window{read.from.count(), read.to.count()};
  if (also) window = {std::min(window.from_ms, also->from_ms), std::max(window.to_ms, also->to_ms)};
  return guard.narrow(*use.selector, window, window);
}

}  // namespace

base::Result<std::string> guard_query(std::string_view query, const promql::QueryTimes& times,
                                      std::chrono::milliseconds look_back, const Guard& guard,
                                      const std::optional<store::TimeRange>& also,
                                      const promql::Limits& limits) {
  const QueryQuestion question{.user = guard.reader().user,
                               .cluster_id = guard.reader().cluster_id,
                               .query = query,
                               .times = times,
                               .look_back = look_back,
                               .also = also};
  if (guard.queries() != nullptr) {
    if (const auto known = guard.queries()->find(question)) return *known;
  }
  CEEMS_TRY(const promql::ExpressionPtr expression, promql::parse(query, limits));
  CEEMS_TRY_VOID(promql::visit_selectors(*expression, [&](const promql::SelectorUse& use) {
    return narrow(use, times, look_back, also, guard);
  }));
  std::string narrowed = promql::print(*expression);
  if (guard.queries() != nullptr) guard.queries()->keep(question, narrowed, guard.grounds());
  return narrowed;
}

base::Result<std::string> guard_selector(std::string_view text, const store::TimeRange& window,
                                         const store::TimeRange& reach, const Guard& guard,
                                         const promql::Limits& limits) {
  CEEMS_TRY(promql::VectorSelector selector, promql::parse_selector(text, limits));
  CEEMS_TRY_VOID(guard.narrow(selector, window, reach));
  return promql::print(selector);
}

base::Result<std::string> guarded_everything(const store::TimeRange& window, const store::TimeRange& reach,
                                             const Guard& guard) {
  CEEMS_TRY(const promql::VectorSelector selector, guard.everything(window, reach));
  return promql::print(selector);
}

}  // namespace ceems::access
