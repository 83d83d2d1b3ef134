#include "promql/ast.h"

#include "promql/literals.h"

#include <algorithm>

namespace ceems::promql {

namespace {

bool same_fill(const std::optional<double>& a, const std::optional<double>& b) {
  return a.has_value() == b.has_value() && (!a || same_number(*a, *b));
}

bool same(const ExpressionPtr& a, const ExpressionPtr& b) {
  if (!a || !b) return !a && !b;
  return equal(*a, *b);
}

bool same_nodes(const NumberLiteral& a, const NumberLiteral& b) {
  return same_number(a.value, b.value);
}
bool same_nodes(const StringLiteral& a, const StringLiteral& b) {
  return a.value == b.value;
}
bool same_nodes(const VectorSelector& a, const VectorSelector& b) {
  return a == b;
}
bool same_nodes(const RangeSelector& a, const RangeSelector& b) {
  return a.selector == b.selector && a.range == b.range;
}
bool same_nodes(const Subquery& a, const Subquery& b) {
  return a.range == b.range && a.step == b.step && a.at == b.at && a.offset == b.offset &&
         same(a.expression, b.expression);
}
bool same_nodes(const Call& a, const Call& b) {
  return a.function == b.function && std::ranges::equal(a.arguments, b.arguments, same);
}
bool same_nodes(const Aggregation& a, const Aggregation& b) {
  return a.op == b.op && a.grouping == b.grouping && a.labels == b.labels && same(a.parameter, b.parameter) &&
         same(a.expression, b.expression);
}
bool same_nodes(const Unary& a, const Unary& b) {
  return a.negate == b.negate && same(a.operand, b.operand);
}
bool same_nodes(const Parentheses& a, const Parentheses& b) {
  return same(a.expression, b.expression);
}
bool same_nodes(const Binary& a, const Binary& b) {
  return a.op == b.op && a.return_bool == b.return_bool && a.matching == b.matching && same(a.left, b.left) &&
         same(a.right, b.right);
}

}  // namespace

bool operator==(const VectorMatching& a, const VectorMatching& b) {
  return a.on == b.on && a.labels == b.labels && a.group == b.group && a.include == b.include &&
         same_fill(a.fill_left, b.fill_left) && same_fill(a.fill_right, b.fill_right);
}

bool equal(const Expression& a, const Expression& b) {
  if (a.node.index() != b.node.index()) return false;
  return std::visit(
      [&](const auto& node) {
        return same_nodes(node, std::get<std::remove_cvref_t<decltype(node)>>(b.node));
      },
      a.node);
}

}  // namespace ceems::promql
