#include "promql/visit.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace ceems::promql {

namespace {

class Walk {
 public:
  explicit Walk(const std::function<base::Status(const SelectorUse&)>& visit) : visit_(visit) {}

  base::Status expression(Expression& expression) {
    if (auto* vector = expression.as<VectorSelector>())
      return selector(SelectorKind::kInstant, *vector, nullptr, expression.offset);
    if (auto* range = expression.as<RangeSelector>())
      return selector(SelectorKind::kRange, range->selector, &range->range, expression.offset);
    if (auto* call = expression.as<Call>(); call != nullptr && is_info(*call->function))
      return info(*call, expression.offset);
    if (auto* subquery = expression.as<Subquery>()) subqueries_.push_back(subquery);
    base::Status status;
    for_each_child(expression, [&](Expression& child) {
      if (status) status = this->expression(child);
    });
    if (expression.as<Subquery>() != nullptr) subqueries_.pop_back();
    return status;
  }

 private:
  base::Status selector(SelectorKind kind, VectorSelector& vector, const DurationExpression* range,
                        std::size_t offset) {
    SelectorUse use{kind, &vector, {subqueries_, &vector, range}, offset, {}};
    if (recording_ > 0) recorded_.push_back(use.place);
    return visit_(use);
  }

  base::Status info(Call& call, std::size_t offset) {
    const std::size_t first = recorded_.size();
    ++recording_;
    base::Status status = expression(*call.arguments.front());
    --recording_;
    if (!status) return status;
    SelectorUse use{SelectorKind::kImplicitInfo, nullptr, {subqueries_, nullptr, nullptr}, offset, {}};
    use.joined.assign(recorded_.begin() + static_cast<std::ptrdiff_t>(first), recorded_.end());
    if (recording_ == 0) recorded_.clear();
    if (call.arguments.size() > 1) {
      Expression& labels = *call.arguments[1];
      use.kind = SelectorKind::kInfo;
      use.selector = labels.as<VectorSelector>();
      use.place.selector = use.selector;
      use.offset = labels.offset;
    }
    if (recording_ > 0) recorded_.push_back(use.place);
    return visit_(use);
  }

  const std::function<base::Status(const SelectorUse&)>& visit_;
  std::vector<const Subquery*> subqueries_;
  int recording_ = 0;  // info calls whose first argument is being walked
  std::vector<SelectorPlace> recorded_;
};

}  // namespace

base::Status visit_selectors(Expression& expression,
                             const std::function<base::Status(const SelectorUse&)>& visit) {
  return Walk(visit).expression(expression);
}

void append_matcher(VectorSelector& selector, Matcher matcher) {
  selector.matchers.push_back(std::move(matcher));
}

}  // namespace ceems::promql
