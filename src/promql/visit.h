// Finds every selector of an expression: wherever it stands, and also where a function reads series that no
// selector names. Thread-safe.
#pragma once

#include "base/result.h"
#include "promql/ast.h"

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace ceems::promql {

enum class SelectorKind : std::uint8_t {
  kInstant,
  kRange,
  // The matchers in the second argument of info(): they choose the info series that are joined, and their
  // names the labels that are taken over. They may match the empty string; unless one of them is on __name__,
  // series called target_info are read.
  kInfo,
  // info() without a second argument: it reads target_info, and there is no selector to restrict.
  kImplicitInfo,
};

// Where a selector stands.
struct SelectorPlace {
  std::vector<const Subquery*> subqueries;    // around it, outermost first
  const VectorSelector* selector = nullptr;   // null for kImplicitInfo
  const DurationExpression* range = nullptr;  // of a kRange
};

struct SelectorUse {
  SelectorKind kind = SelectorKind::kInstant;
  VectorSelector* selector = nullptr;  // the same as place.selector, to be changed; null for kImplicitInfo
  SelectorPlace place;
  std::size_t offset = 0;  // bytes into the query
  // Of both kinds of info: the selectors in its first argument. Servers read info series at their times.
  std::vector<SelectorPlace> joined;
};

// Calls `visit` for each selector, in order of the text, the first argument of info() before its second. Ends
// with the first error.
base::Status visit_selectors(Expression& expression,
                             const std::function<base::Status(const SelectorUse&)>& visit);

// Adds a matcher behind those that are there. The result selects what both let pass.
void append_matcher(VectorSelector& selector, Matcher matcher);

}  // namespace ceems::promql
