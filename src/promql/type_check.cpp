#include "promql/type_check.h"

#include "promql/names.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace ceems::promql {

namespace {

using Checked = std::expected<ValueType, ParseError>;
using enum ValueType;

std::unexpected<ParseError> refuse(std::size_t offset, std::string message) {
  return std::unexpected(ParseError{offset, std::move(message), false});
}

std::expected<void, ParseError> require(Expression& expression, ValueType wanted, std::string_view place) {
  CEEMS_TRY(const ValueType type, check_types(expression));
  if (type != wanted)
    return refuse(expression.offset, fmt::format("{} has to be of type {}, not {}", place,
                                                 value_type_name(wanted), value_type_name(type)));
  return {};
}

Checked check(Expression& /*expression*/, NumberLiteral& /*number*/) {
  return kScalar;
}

Checked check(Expression& /*expression*/, StringLiteral& /*string*/) {
  return kString;
}

Checked check(Expression& expression, VectorSelector& selector) {
  CEEMS_TRY_VOID(check_selector(selector, expression.offset));
  return kInstantVector;
}

Checked check(Expression& expression, RangeSelector& range) {
  CEEMS_TRY_VOID(check_selector(range.selector, expression.offset));
  return kRangeVector;
}

Checked check(Expression& /*expression*/, Subquery& subquery) {
  CEEMS_TRY_VOID(require(*subquery.expression, kInstantVector, "the expression of a subquery"));
  return kRangeVector;
}

Checked check(Expression& /*expression*/, Parentheses& parentheses) {
  return check_types(*parentheses.expression);
}

Checked check(Expression& expression, Unary& unary) {
  CEEMS_TRY(const ValueType type, check_types(*unary.operand));
  if (type != kScalar && type != kInstantVector)
    return refuse(expression.offset, fmt::format("a {} has no sign", value_type_name(type)));
  return type;
}

Checked check(Expression& /*expression*/, Aggregation& aggregation) {
  const std::string_view name = operator_text(aggregation.op);
  if (aggregation.parameter) {
    const ValueType wanted = aggregation.op == AggregationOperator::kCountValues ? kString : kScalar;
    CEEMS_TRY_VOID(require(*aggregation.parameter, wanted, fmt::format("the parameter of {}", name)));
  }
  CEEMS_TRY_VOID(require(*aggregation.expression, kInstantVector, fmt::format("what {} aggregates", name)));
  return kInstantVector;
}

std::expected<void, ParseError> check_argument_count(const Expression& expression, const Call& call) {
  const Function& function = *call.function;
  const std::size_t least = function.least_arguments();
  const auto most = function.most_arguments();
  const std::size_t given = call.arguments.size();
  if (given >= least && (!most || given <= *most)) return {};
  const std::string wanted = !most            ? fmt::format("at least {}", least)
                             : least == *most ? fmt::format("{}", least)
                                              : fmt::format("{} to {}", least, *most);
  return refuse(expression.offset, fmt::format("{} takes {} argument{}, not {}", function.name, wanted,
                                               least == 1 && most == least ? "" : "s", given));
}

// It only looks like a vector: it may match the empty string, and names its metrics by matchers.
std::expected<void, ParseError> check_info_selector(const Expression& argument) {
  const auto* selector = argument.as<VectorSelector>();
  if (selector == nullptr || !selector->name.empty())
    return refuse(argument.offset, "the second argument of info is matchers in braces");
  return {};
}

Checked check(Expression& expression, Call& call) {
  const Function& function = *call.function;
  CEEMS_TRY_VOID(check_argument_count(expression, call));
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    Expression& argument = *call.arguments[i];
    if (i == 1 && is_info(function)) {
      CEEMS_TRY_VOID(check_info_selector(argument));
      continue;
    }
    CEEMS_TRY_VOID(
        require(argument, function.parameter(i), fmt::format("argument {} of {}", i + 1, function.name)));
  }
  return function.result;
}

std::expected<void, ParseError> check_matching(const Expression& expression, const Binary& binary,
                                               bool vectors) {
  const VectorMatching& matching = binary.matching;
  const std::string_view name = operator_text(binary.op);
  if (matching.on) {
    for (const std::string& label : matching.labels) {
      if (std::ranges::find(matching.include, label) != matching.include.end())
        return refuse(expression.offset,
                      fmt::format("label '{}' is both in on (…) and in what the group takes over", label));
    }
  }
  if (!vectors && !matching.labels.empty())
    return refuse(expression.offset, "labels are matched between instant vectors only");
  if (!vectors && matching.fills())
    return refuse(expression.offset, "series are filled in between instant vectors only");
  if (!is_set_operator(binary.op)) return {};
  if (!vectors) return refuse(expression.offset, fmt::format("'{}' is for instant vectors only", name));
  if (matching.group != VectorMatching::Group::kNone)
    return refuse(expression.offset, fmt::format("'{}' takes no group", name));
  if (matching.fills()) return refuse(expression.offset, fmt::format("'{}' fills nothing in", name));
  return {};
}

Checked check(Expression& expression, Binary& binary) {
  const std::string_view name = operator_text(binary.op);
  CEEMS_TRY(const ValueType left, check_types(*binary.left));
  CEEMS_TRY(const ValueType right, check_types(*binary.right));
  const bool scalars = left == kScalar && right == kScalar;
  if (binary.return_bool && !is_comparison(binary.op))
    return refuse(expression.offset, fmt::format("bool is for comparisons, not for '{}'", name));
  if (scalars && is_comparison(binary.op) && !binary.return_bool)
    return refuse(expression.offset, "scalars are compared with the bool modifier");
  for (const auto& [type, side] : {std::pair{left, binary.left.get()}, {right, binary.right.get()}}) {
    if (type != kScalar && type != kInstantVector)
      return refuse(side->offset, fmt::format("'{}' is for scalars and instant vectors, not for a {}", name,
                                              value_type_name(type)));
  }
  const bool vectors = left == kInstantVector && right == kInstantVector;
  CEEMS_TRY_VOID(check_matching(expression, binary, vectors));
  if (!vectors) binary.matching = {};
  return scalars ? kScalar : kInstantVector;
}

}  // namespace

std::expected<void, ParseError> check_name(const VectorSelector& selector, std::size_t offset) {
  if (selector.name.empty()) return {};
  if (std::ranges::find(selector.matchers, kMetricNameLabel, &Matcher::name) != selector.matchers.end())
    return refuse(offset, "the name of the metric is there twice");
  return {};
}

std::expected<void, ParseError> check_selector(const VectorSelector& selector, std::size_t offset) {
  CEEMS_TRY_VOID(check_name(selector, offset));
  if (!selector.name.empty() || !std::ranges::all_of(selector.matchers, &Matcher::matches_empty)) return {};
  return refuse(offset, "a selector needs a matcher that the empty string does not pass");
}

std::expected<ValueType, ParseError> check_types(Expression& expression) {
  return std::visit([&](auto& node) { return check(expression, node); }, expression.node);
}

}  // namespace ceems::promql
