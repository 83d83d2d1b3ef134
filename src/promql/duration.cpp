#include "promql/duration.h"

#include "base/check.h"
#include "promql/literals.h"

#include <algorithm>
#include <cmath>

namespace ceems::promql {

namespace {

using Kind = DurationExpression::Kind;

base::Result<double> seconds_of(const DurationExpression& duration, const QueryTimes& times);

base::Result<double> binary_seconds(BinaryOperator op, double left, double right) {
  switch (op) {
    case BinaryOperator::kAdd:
      return left + right;
    case BinaryOperator::kSubtract:
      return left - right;
    case BinaryOperator::kMultiply:
      return left * right;
    case BinaryOperator::kDivide:
    case BinaryOperator::kModulo:
      if (right == 0) return base::fail(base::ErrorCode::kInvalid, {}, "a duration is divided by zero");
      return op == BinaryOperator::kDivide ? left / right : std::fmod(left, right);
    default:
      CEEMS_CHECK(op == BinaryOperator::kPower);
      return std::pow(left, right);
  }
}

base::Result<double> seconds_of_two(const DurationExpression& duration, const QueryTimes& times) {
  CEEMS_TRY(const double left, seconds_of(duration.operands.at(0), times));
  CEEMS_TRY(const double right, seconds_of(duration.operands.at(1), times));
  switch (duration.kind) {
    case Kind::kMin:
    case Kind::kMinOf:
      return std::isnan(left) || std::isnan(right) ? std::nan("") : std::min(left, right);
    case Kind::kMax:
    case Kind::kMaxOf:
      return std::isnan(left) || std::isnan(right) ? std::nan("") : std::max(left, right);
    default:
      return binary_seconds(duration.op, left, right);
  }
}

base::Result<double> seconds_of(const DurationExpression& duration, const QueryTimes& times) {
  const auto seconds = [](std::chrono::milliseconds value) {
    return std::chrono::duration<double>(value).count();
  };
  switch (duration.kind) {
    case Kind::kLiteral:
      return duration.seconds;
    case Kind::kStep:
      return seconds(times.step);
    case Kind::kRange:
      return seconds(times.end) - seconds(times.start);
    case Kind::kNegate: {
      CEEMS_TRY(const double value, seconds_of(duration.operands.at(0), times));
      return -value;
    }
    default:
      return seconds_of_two(duration, times);
  }
}

void append_duration_expression(std::string& out, const DurationExpression& duration);

// How tightly it holds together when printed; a call or a plain literal more than any operator.
int binding(const DurationExpression& duration) {
  if (duration.kind == Kind::kBinary) return precedence(duration.op);
  const bool signed_literal = duration.is_literal() && std::signbit(duration.seconds);
  return duration.kind == Kind::kNegate || signed_literal ? kSignPrecedence : kPowerPrecedence + 1;
}

void append_operand(std::string& out, const DurationExpression& operand, bool parentheses) {
  if (parentheses) out.push_back('(');
  append_duration_expression(out, operand);
  if (parentheses) out.push_back(')');
}

void append_call(std::string& out, std::string_view name, const DurationExpression& duration) {
  out += name;
  out.push_back('(');
  for (const DurationExpression& operand : duration.operands) {
    if (&operand != &duration.operands.front()) out += ", ";
    append_duration_expression(out, operand);
  }
  out.push_back(')');
}

void append_literal(std::string& out, double seconds, bool spelled) {
  const auto exact = spelled ? exact_milliseconds(std::abs(seconds)) : std::nullopt;
  if (!exact) {
    append_number(out, seconds);
    return;
  }
  if (seconds < 0) out.push_back('-');
  append_duration(out, *exact);
}

void append_binary(std::string& out, const DurationExpression& duration) {
  const int mine = precedence(duration.op);
  const bool to_the_right = duration.op == BinaryOperator::kPower;
  const DurationExpression& left = duration.operands.at(0);
  const DurationExpression& right = duration.operands.at(1);
  append_operand(out, left, to_the_right ? binding(left) <= mine : binding(left) < mine);
  out.push_back(' ');
  out += operator_text(duration.op);
  out.push_back(' ');
  // A sign in front of the right operand needs no parentheses, whatever the operator.
  const bool sign = right.kind != Kind::kBinary;
  append_operand(out, right, !sign && (to_the_right ? binding(right) < mine : binding(right) <= mine));
}

void append_duration_expression(std::string& out, const DurationExpression& duration) {
  switch (duration.kind) {
    case Kind::kLiteral:
      return append_literal(out, duration.seconds, duration.spelled);
    case Kind::kStep:
      return append_call(out, "step", duration);
    case Kind::kRange:
      return append_call(out, "range", duration);
    case Kind::kMin:
      return append_call(out, "min", duration);
    case Kind::kMax:
      return append_call(out, "max", duration);
    case Kind::kMinOf:
      return append_call(out, "min_of", duration);
    case Kind::kMaxOf:
      return append_call(out, "max_of", duration);
    case Kind::kNegate: {
      const DurationExpression& operand = duration.operands.at(0);
      out.push_back('-');
      return append_operand(out, operand, binding(operand) < kPowerPrecedence || operand.is_literal());
    }
    case Kind::kBinary:
      return append_binary(out, duration);
  }
}

}  // namespace

DurationExpression DurationExpression::literal(double seconds, bool spelled) {
  DurationExpression made;
  made.seconds = seconds;
  made.spelled = spelled;
  return made;
}

bool operator==(const DurationExpression& a, const DurationExpression& b) {
  if (a.kind != b.kind || a.operands != b.operands) return false;
  if (a.is_literal()) return same_number(a.seconds, b.seconds);
  return a.kind != Kind::kBinary || a.op == b.op;
}

base::Result<DurationBounds> evaluate_duration(const DurationExpression& duration, const QueryTimes& times,
                                               DurationSign sign) {
  CEEMS_TRY(const double seconds, seconds_of(duration, times));
  if (std::isnan(seconds) || std::abs(seconds) > kLongestDurationSeconds)
    return base::fail(base::ErrorCode::kInvalid, {}, "a duration is out of range");
  if (sign == DurationSign::kPositive && seconds <= 0)
    return base::fail(base::ErrorCode::kInvalid, {}, "a duration has to be above zero");
  const double milliseconds = seconds * 1000;
  // Whole seconds that stand there are the same everywhere. Of others a server may cut off or round what is
  // below a millisecond, and arithmetic may come out a little beside the whole number.
  const double slack = duration.is_literal() && std::trunc(seconds) == seconds ? 0 : 1;
  return DurationBounds{
      std::chrono::milliseconds(static_cast<std::int64_t>(std::floor(milliseconds) - slack)),
      std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(milliseconds) + slack))};
}

void append_range(std::string& out, const DurationExpression& duration) {
  if (duration.is_literal())
    append_literal(out, duration.seconds, true);
  else
    append_duration_expression(out, duration);
}

void append_offset(std::string& out, const DurationExpression& duration) {
  if (duration.is_literal()) return append_literal(out, duration.seconds, true);
  const bool negate = duration.kind == Kind::kNegate;
  const DurationExpression& inner = negate ? duration.operands.at(0) : duration;
  if (negate) out.push_back('-');
  append_operand(out, inner, inner.kind == Kind::kBinary || inner.kind == Kind::kNegate);
}

}  // namespace ceems::promql
