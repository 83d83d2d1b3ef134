// Operators, calls, aggregations and literals.
#include "promql/descent.h"
#include "promql/literals.h"
#include "promql/names.h"
#include "promql/strings.h"

#include <utility>

#include <fmt/format.h>

namespace ceems::promql {

namespace {

// Whether the text of the expression ends in arithmetic on durations: foo offset (step() * 2).
bool ends_in_duration_arithmetic(const Expression& expression) {
  const auto arithmetic = [](const std::optional<DurationExpression>& offset) {
    return offset && !offset->is_literal();
  };
  if (const auto* vector = expression.as<VectorSelector>()) return arithmetic(vector->offset);
  if (const auto* range = expression.as<RangeSelector>()) return arithmetic(range->selector.offset);
  if (const auto* subquery = expression.as<Subquery>()) return arithmetic(subquery->offset);
  if (const auto* unary = expression.as<Unary>()) return ends_in_duration_arithmetic(*unary->operand);
  if (const auto* binary = expression.as<Binary>()) return ends_in_duration_arithmetic(*binary->right);
  return false;
}

}  // namespace

Parsed<ExpressionPtr> Descent::binary(int lowest) {
  const Nesting nesting(*this);
  if (nesting.too_deep()) return too_deep();
  CEEMS_TRY(ExpressionPtr left, operand());
  while (const auto op = binary_operator(current_)) {
    const int strength = precedence(*op);
    if (strength < lowest) break;
    const std::size_t offset = current_.begin;
    advance();
    // Servers could read what follows as a part of the duration, so the printed text must not leave it open.
    if (is_duration_operator(*op) && ends_in_duration_arithmetic(*left)) {
      const std::size_t start = left->offset;
      CEEMS_TRY(left, make(start, Parentheses{std::move(left)}));
    }
    const bool return_bool = at(Keyword::kBool);
    if (return_bool) advance();
    CEEMS_TRY(VectorMatching how, matching());
    CEEMS_TRY(ExpressionPtr right, binary(strength == kPowerPrecedence ? strength : strength + 1));
    CEEMS_TRY(left,
              make(offset, Binary{*op, return_bool, std::move(how), std::move(left), std::move(right)}));
  }
  return left;
}

Parsed<ExpressionPtr> Descent::operand() {
  if (!at(TokenKind::kPlus) && !at(TokenKind::kMinus)) return modified();
  const std::size_t offset = current_.begin;
  const bool negate = at(TokenKind::kMinus);
  advance();
  // A sign binds like *, so only ^ is done before it.
  CEEMS_TRY(ExpressionPtr inner, binary(kPowerPrecedence));
  if (auto* literal = inner->as<NumberLiteral>()) {
    if (negate) literal->value = -literal->value;
    inner->offset = offset;
    return inner;
  }
  return make(offset, Unary{negate, std::move(inner)});
}

Parsed<ExpressionPtr> Descent::modified() {
  CEEMS_TRY(ExpressionPtr expression, primary());
  while (true) {
    if (at(TokenKind::kLeftBracket)) {
      CEEMS_TRY(expression, range_or_subquery(std::move(expression)));
    } else if (at(TokenKind::kAt)) {
      CEEMS_TRY_VOID(at_modifier(*expression));
    } else if (at(Keyword::kOffset)) {
      CEEMS_TRY_VOID(offset_modifier(*expression));
    } else if (at(Keyword::kAnchored) || at(Keyword::kSmoothed)) {
      CEEMS_TRY_VOID(extension_modifier(*expression));
    } else {
      return expression;
    }
  }
}

Parsed<ExpressionPtr> Descent::primary() {
  switch (current_.kind) {
    case TokenKind::kLeftParen:
      return parentheses();
    case TokenKind::kLeftBrace:
      return selector({}, current_.begin);
    case TokenKind::kNumber:
    case TokenKind::kDuration:
      return number();
    case TokenKind::kString:
      return string();
    case TokenKind::kMetricWord: {
      const Token name = current_;
      advance();
      return selector(lexer_.text_of(name), name.begin);
    }
    case TokenKind::kWord:
      return word();
    default:
      return unexpected("an expression");
  }
}

Parsed<ExpressionPtr> Descent::word() {
  const Token name = current_;
  const auto aggregator = aggregation_operator(name.keyword);
  if (!can_name_metric(name.keyword)) return unexpected("an expression");
  advance();
  if (aggregator && (at(TokenKind::kLeftParen) || at(Keyword::kBy) || at(Keyword::kWithout)))
    return aggregation(name, *aggregator);
  if (at(TokenKind::kLeftParen) && can_name_function(name.keyword)) return call(name);
  return selector(lexer_.text_of(name), name.begin);
}

Parsed<ExpressionPtr> Descent::parentheses() {
  const std::size_t offset = current_.begin;
  advance();
  CEEMS_TRY(ExpressionPtr inner, binary(kLowestPrecedence));
  CEEMS_TRY_VOID(expect(TokenKind::kRightParen, "an operator or ')'"));
  return make(offset, Parentheses{std::move(inner)});
}

Parsed<ExpressionPtr> Descent::number() {
  const std::size_t offset = current_.begin;
  CEEMS_TRY(const double value, number_value());
  return make(offset, NumberLiteral{value});
}

Parsed<double> Descent::number_value() {
  const std::size_t offset = current_.begin;
  const std::string_view literal = text();
  if (at(TokenKind::kDuration)) {
    const auto duration = parse_duration_ms(literal);
    if (!duration) return refuse(offset, fmt::format("{} is not a duration", describe_current()));
    advance();
    return duration_seconds(*duration);
  }
  if (!at(TokenKind::kNumber)) return unexpected("a number or a duration");
  const auto value = parse_number(literal);
  if (!value) return refuse(offset, fmt::format("{} is not a number", describe_current()));
  advance();
  return *value;
}

Parsed<ExpressionPtr> Descent::string() {
  const std::size_t offset = current_.begin;
  CEEMS_TRY(std::string value, string_value());
  return make(offset, StringLiteral{std::move(value)});
}

Parsed<std::string> Descent::string_value() {
  if (!at(TokenKind::kString)) return unexpected("a string");
  auto value = unquote(text());
  if (!value) return refuse(current_.begin + value.error().at, value.error().message);
  advance();
  return *std::move(value);
}

Parsed<ExpressionPtr> Descent::call(const Token& name) {
  const Function* function = find_function(lexer_.text_of(name));
  if (function == nullptr)
    return refuse(name.begin, fmt::format("there is no function '{}'", lexer_.text_of(name)));
  CEEMS_TRY(std::vector<ExpressionPtr> given, arguments());
  return make(name.begin, Call{function, std::move(given)});
}

Parsed<std::vector<ExpressionPtr>> Descent::arguments() {
  CEEMS_TRY_VOID(expect(TokenKind::kLeftParen, "'('"));
  std::vector<ExpressionPtr> given;
  if (!at(TokenKind::kRightParen)) {
    while (true) {
      CEEMS_TRY(ExpressionPtr argument, binary(kLowestPrecedence));
      given.push_back(std::move(argument));
      if (!at(TokenKind::kComma)) break;
      advance();
    }
  }
  CEEMS_TRY_VOID(expect(TokenKind::kRightParen, "',' or ')'"));
  return given;
}

Parsed<ExpressionPtr> Descent::aggregation(const Token& name, AggregationOperator op) {
  Aggregation made;
  made.op = op;
  const bool modifier_first = !at(TokenKind::kLeftParen);
  if (modifier_first) CEEMS_TRY_VOID(aggregation_modifier(made));
  CEEMS_TRY(std::vector<ExpressionPtr> given, arguments());
  if (!modifier_first) CEEMS_TRY_VOID(aggregation_modifier(made));
  const std::size_t wanted = takes_parameter(op) ? 2 : 1;
  if (given.size() != wanted)
    return refuse(name.begin, fmt::format("{} takes {} argument{}, not {}", operator_text(op), wanted,
                                          wanted == 1 ? "" : "s", given.size()));
  made.expression = std::move(given.back());
  if (wanted == 2) made.parameter = std::move(given.front());
  return make(name.begin, std::move(made));
}

Parsed<void> Descent::aggregation_modifier(Aggregation& aggregation) {
  if (!at(Keyword::kBy) && !at(Keyword::kWithout)) return {};
  aggregation.grouping = at(Keyword::kBy) ? Grouping::kBy : Grouping::kWithout;
  advance();
  CEEMS_TRY(aggregation.labels, grouping_labels());
  if (aggregation.grouping == Grouping::kBy && aggregation.labels.empty())
    aggregation.grouping = Grouping::kNone;
  return {};
}

Parsed<VectorMatching> Descent::matching() {
  VectorMatching how;
  if (at(Keyword::kOn) || at(Keyword::kIgnoring)) {
    how.on = at(Keyword::kOn);
    advance();
    CEEMS_TRY(how.labels, grouping_labels());
    if (at(Keyword::kGroupLeft) || at(Keyword::kGroupRight)) {
      how.group = at(Keyword::kGroupLeft) ? VectorMatching::Group::kLeft : VectorMatching::Group::kRight;
      advance();
      if (at(TokenKind::kLeftParen)) {
        CEEMS_TRY(how.include, grouping_labels());
      }
    }
  }
  CEEMS_TRY_VOID(fill(how));
  return how;
}

Parsed<void> Descent::fill(VectorMatching& matching) {
  if (at(Keyword::kFill)) {
    advance();
    CEEMS_TRY(matching.fill_left, fill_value());
    matching.fill_right = matching.fill_left;
    return {};
  }
  const bool left_first = at(Keyword::kFillLeft);
  for (const bool left : {left_first, !left_first}) {
    if (!at(left ? Keyword::kFillLeft : Keyword::kFillRight)) continue;
    advance();
    CEEMS_TRY((left ? matching.fill_left : matching.fill_right), fill_value());
  }
  return {};
}

Parsed<double> Descent::fill_value() {
  CEEMS_TRY_VOID(expect(TokenKind::kLeftParen, "'('"));
  const bool negate = at(TokenKind::kMinus);
  if (negate || at(TokenKind::kPlus)) advance();
  CEEMS_TRY(const double value, number_value());
  CEEMS_TRY_VOID(expect(TokenKind::kRightParen, "')'"));
  return negate ? -value : value;
}

Parsed<std::vector<std::string>> Descent::grouping_labels() {
  CEEMS_TRY_VOID(expect(TokenKind::kLeftParen, "'(' and labels"));
  std::vector<std::string> labels;
  while (!at(TokenKind::kRightParen)) {
    CEEMS_TRY(std::string label, grouping_label());
    labels.push_back(std::move(label));
    if (!at(TokenKind::kComma)) break;
    advance();
  }
  CEEMS_TRY_VOID(expect(TokenKind::kRightParen, "',' or ')'"));
  return labels;
}

Parsed<std::string> Descent::grouping_label() {
  const std::size_t offset = current_.begin;
  if (at(TokenKind::kString)) {
    CEEMS_TRY(std::string label, string_value());
    if (!is_label_name(label)) return refuse(offset, "this cannot be the name of a label");
    return label;
  }
  const bool name =
      (at(TokenKind::kWord) && current_.keyword != Keyword::kWithout) || at(TokenKind::kMetricWord);
  if (!name) return unexpected("a label");
  std::string label(text());
  advance();
  return label;
}

}  // namespace ceems::promql
