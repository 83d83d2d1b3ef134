// Durations in brackets and behind `offset`.
#include "promql/descent.h"

#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace ceems::promql {

namespace {

using Kind = DurationExpression::Kind;

DurationExpression negated(DurationExpression value) {
  if (value.is_literal()) {
    value.seconds = -value.seconds;
    return value;
  }
  if (value.kind == Kind::kNegate) {
    DurationExpression inner = std::move(value.operands.front());
    return inner;
  }
  DurationExpression made;
  made.kind = Kind::kNegate;
  made.operands.push_back(std::move(value));
  return made;
}

}  // namespace

Parsed<DurationExpression> Descent::positive_duration() {
  const std::size_t offset = current_.begin;
  duration_parts_ = 0;
  CEEMS_TRY(DurationExpression made, duration(kLowestPrecedence));
  if (made.is_literal() && !(made.seconds > 0)) return refuse(offset, "a duration has to be above zero");
  return made;
}

// Only what is simple may stand without parentheses: "foo offset 5m * 2" multiplies the samples.
Parsed<DurationExpression> Descent::offset_duration() {
  duration_parts_ = 0;
  const bool negate = take_sign();
  CEEMS_TRY(DurationExpression made, duration_primary());
  return negate ? negated(std::move(made)) : std::move(made);
}

bool Descent::take_sign() {
  bool negate = false;
  for (; at(TokenKind::kPlus) || at(TokenKind::kMinus); advance())
    negate = negate != at(TokenKind::kMinus);
  return negate;
}

Parsed<DurationExpression> Descent::duration(int lowest) {
  const Nesting nesting(*this);
  if (nesting.too_deep()) return too_deep();
  CEEMS_TRY(DurationExpression left, duration_operand());
  while (const auto op = binary_operator(current_)) {
    const int strength = precedence(*op);
    if (strength < lowest || !is_duration_operator(*op)) break;
    if (++duration_parts_ > limits_.height)
      return too_large(current_.begin, fmt::format("more than {} operations in a duration", limits_.height));
    advance();
    DurationExpression made;
    made.kind = Kind::kBinary;
    made.op = *op;
    CEEMS_TRY(DurationExpression right, duration(strength == kPowerPrecedence ? strength : strength + 1));
    made.operands.reserve(2);
    made.operands.push_back(std::move(left));
    made.operands.push_back(std::move(right));
    left = std::move(made);
  }
  return left;
}

Parsed<DurationExpression> Descent::duration_operand() {
  if (!at(TokenKind::kPlus) && !at(TokenKind::kMinus)) return duration_primary();
  const bool negate = take_sign();
  CEEMS_TRY(DurationExpression made, duration(kPowerPrecedence));
  return negate ? negated(std::move(made)) : std::move(made);
}

Parsed<DurationExpression> Descent::duration_primary() {
  if (at(TokenKind::kLeftParen)) {
    advance();
    CEEMS_TRY(DurationExpression inner, duration(kLowestPrecedence));
    CEEMS_TRY_VOID(expect(TokenKind::kRightParen, "an operator or ')'"));
    return inner;
  }
  if (at(TokenKind::kWord)) return duration_call();
  return duration_literal();
}

Parsed<DurationExpression> Descent::duration_literal() {
  if (!at(TokenKind::kNumber) && !at(TokenKind::kDuration)) return unexpected("a duration");
  const std::size_t offset = current_.begin;
  const bool spelled = at(TokenKind::kDuration);
  CEEMS_TRY(const double seconds, number_value());
  if (!(seconds <= kLongestDurationSeconds)) return refuse(offset, "the duration is out of range");
  return DurationExpression::literal(seconds, spelled);
}

Parsed<DurationExpression> Descent::duration_call() {
  DurationExpression made;
  switch (current_.keyword) {
    case Keyword::kStep:
      made.kind = Kind::kStep;
      break;
    case Keyword::kRange:
      made.kind = Kind::kRange;
      break;
    case Keyword::kMin:
      made.kind = Kind::kMin;
      break;
    case Keyword::kMax:
      made.kind = Kind::kMax;
      break;
    case Keyword::kMinOf:
      made.kind = Kind::kMinOf;
      break;
    case Keyword::kMaxOf:
      made.kind = Kind::kMaxOf;
      break;
    default:
      return unexpected("a duration");
  }
  if (++duration_parts_ > limits_.height)
    return too_large(current_.begin, fmt::format("more than {} operations in a duration", limits_.height));
  advance();
  CEEMS_TRY_VOID(expect(TokenKind::kLeftParen, "'('"));
  if (made.kind != Kind::kStep && made.kind != Kind::kRange) {
    CEEMS_TRY(DurationExpression first, duration(kLowestPrecedence));
    CEEMS_TRY_VOID(expect(TokenKind::kComma, "an operator or ','"));
    CEEMS_TRY(DurationExpression second, duration(kLowestPrecedence));
    made.operands.reserve(2);
    made.operands.push_back(std::move(first));
    made.operands.push_back(std::move(second));
  }
  CEEMS_TRY_VOID(expect(TokenKind::kRightParen, "')'"));
  return made;
}

}  // namespace ceems::promql
