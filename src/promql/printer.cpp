#include "promql/printer.h"

#include "promql/literals.h"
#include "promql/names.h"
#include "promql/strings.h"

#include <cmath>
#include <iterator>
#include <span>

#include <fmt/format.h>

namespace ceems::promql {

namespace {

// How tightly an expression holds together; what is no operator does best.
int binding(const Expression& expression) {
  if (const auto* binary = expression.as<Binary>()) return precedence(binary->op);
  if (expression.as<Unary>() != nullptr) return kSignPrecedence;
  const auto* number = expression.as<NumberLiteral>();
  return number != nullptr && std::signbit(number->value) ? kSignPrecedence : kPowerPrecedence + 1;
}

void append_operand(std::string& out, const Expression& expression, bool parentheses) {
  if (parentheses) out.push_back('(');
  append(out, expression);
  if (parentheses) out.push_back(')');
}

void append_at(std::string& out, const std::optional<At>& at) {
  if (!at) return;
  if (at->kind == At::Kind::kTime) {
    const std::int64_t milliseconds = at->time.count();
    fmt::format_to(std::back_inserter(out), " @ {}{}.{:03}", milliseconds < 0 ? "-" : "",
                   std::abs(milliseconds / 1000), std::abs(milliseconds % 1000));
  } else {
    out += at->kind == At::Kind::kStart ? " @ start()" : " @ end()";
  }
}

void append_modifiers(std::string& out, const std::optional<At>& at,
                      const std::optional<DurationExpression>& offset) {
  append_at(out, at);
  if (!offset) return;
  out += " offset ";
  append_offset(out, *offset);
}

void append_matcher_text(std::string& out, const Matcher& matcher) {
  if (is_plain_label_name(matcher.name()))
    out += matcher.name();
  else
    append_quoted(out, matcher.name());
  out += match_operator(matcher.type());
  append_quoted(out, matcher.value());
}

void append_name_and_matchers(std::string& out, const VectorSelector& selector) {
  const bool plain = is_plain_metric_name(selector.name);
  if (plain) out += selector.name;
  const bool name_inside = !plain && !selector.name.empty();
  if (plain && selector.matchers.empty()) return;
  out.push_back('{');
  if (name_inside) append_matcher_text(out, Matcher::equal(std::string(kMetricNameLabel), selector.name));
  for (const Matcher& matcher : selector.matchers) {
    if (name_inside || &matcher != &selector.matchers.front()) out.push_back(',');
    append_matcher_text(out, matcher);
  }
  out.push_back('}');
}

void append_selector(std::string& out, const VectorSelector& selector, const DurationExpression* range) {
  append_name_and_matchers(out, selector);
  if (range != nullptr) {
    out.push_back('[');
    append_range(out, *range);
    out.push_back(']');
  }
  if (selector.extension != Extension::kNone)
    out += selector.extension == Extension::kAnchored ? " anchored" : " smoothed";
  append_modifiers(out, selector.at, selector.offset);
}

void append_labels(std::string& out, std::span<const std::string> labels) {
  out.push_back('(');
  for (const std::string& label : labels) {
    if (&label != &labels.front()) out += ", ";
    if (is_plain_grouping_name(label))
      out += label;
    else
      append_quoted(out, label);
  }
  out.push_back(')');
}

void append_arguments(std::string& out, std::span<const ExpressionPtr> arguments) {
  out.push_back('(');
  for (const ExpressionPtr& argument : arguments) {
    if (&argument != &arguments.front()) out += ", ";
    append(out, *argument);
  }
  out.push_back(')');
}

void append_fill(std::string& out, std::string_view keyword, const std::optional<double>& value) {
  if (!value) return;
  out += keyword;
  append_number(out, *value);
  out.push_back(')');
}

void append_matching(std::string& out, const VectorMatching& matching) {
  if (matching.on || !matching.labels.empty() || matching.group != VectorMatching::Group::kNone) {
    out += matching.on ? " on " : " ignoring ";
    append_labels(out, matching.labels);
  }
  if (matching.group != VectorMatching::Group::kNone) {
    out += matching.group == VectorMatching::Group::kLeft ? " group_left " : " group_right ";
    append_labels(out, matching.include);
  }
  if (matching.fill_left && matching.fill_right && same_number(*matching.fill_left, *matching.fill_right)) {
    append_fill(out, " fill(", matching.fill_left);
    return;
  }
  append_fill(out, " fill_left(", matching.fill_left);
  append_fill(out, " fill_right(", matching.fill_right);
}

void append_node(std::string& out, const NumberLiteral& number) {
  append_number(out, number.value);
}

void append_node(std::string& out, const StringLiteral& string) {
  append_quoted(out, string.value);
}

void append_node(std::string& out, const VectorSelector& selector) {
  append_selector(out, selector, nullptr);
}

void append_node(std::string& out, const RangeSelector& range) {
  append_selector(out, range.selector, &range.range);
}

void append_node(std::string& out, const Subquery& subquery) {
  append_operand(out, *subquery.expression, binding(*subquery.expression) <= kPowerPrecedence);
  out.push_back('[');
  append_range(out, subquery.range);
  out.push_back(':');
  if (subquery.step) append_range(out, *subquery.step);
  out.push_back(']');
  append_modifiers(out, subquery.at, subquery.offset);
}

void append_node(std::string& out, const Call& call) {
  out += call.function->name;
  append_arguments(out, call.arguments);
}

void append_node(std::string& out, const Aggregation& aggregation) {
  out += operator_text(aggregation.op);
  if (aggregation.grouping != Grouping::kNone) {
    out += aggregation.grouping == Grouping::kBy ? " by " : " without ";
    append_labels(out, aggregation.labels);
    out.push_back(' ');
  }
  out.push_back('(');
  if (aggregation.parameter) {
    append(out, *aggregation.parameter);
    out += ", ";
  }
  append(out, *aggregation.expression);
  out.push_back(')');
}

void append_node(std::string& out, const Unary& unary) {
  out.push_back(unary.negate ? '-' : '+');
  // A sign in front of a number would be taken for a part of it.
  const bool number = unary.operand->as<NumberLiteral>() != nullptr;
  append_operand(out, *unary.operand,
                 number || binding(*unary.operand) < kSignPrecedence ||
                     (binding(*unary.operand) == kSignPrecedence && unary.operand->as<Binary>() != nullptr));
}

void append_node(std::string& out, const Parentheses& parentheses) {
  append_operand(out, *parentheses.expression, true);
}

void append_node(std::string& out, const Binary& binary) {
  const int mine = precedence(binary.op);
  const bool to_the_right = binary.op == BinaryOperator::kPower;
  const int left = binding(*binary.left);
  const int right = binding(*binary.right);
  append_operand(out, *binary.left, to_the_right ? left <= mine : left < mine);
  out.push_back(' ');
  out += operator_text(binary.op);
  if (binary.return_bool) out += " bool";
  append_matching(out, binary.matching);
  out.push_back(' ');
  // A sign in front of the right operand needs no parentheses, whatever the operator.
  const bool is_binary = binary.right->as<Binary>() != nullptr;
  append_operand(out, *binary.right, is_binary && (to_the_right ? right < mine : right <= mine));
}

}  // namespace

void append(std::string& out, const Expression& expression) {
  std::visit([&](const auto& node) { append_node(out, node); }, expression.node);
}

void append(std::string& out, const VectorSelector& selector) {
  append_selector(out, selector, nullptr);
}

std::string print(const Expression& expression) {
  std::string out;
  append(out, expression);
  return out;
}

std::string print(const VectorSelector& selector) {
  std::string out;
  append(out, selector);
  return out;
}

}  // namespace ceems::promql
