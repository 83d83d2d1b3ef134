#include "promql/descent.h"

#include "base/text.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace ceems::promql {

namespace {

constexpr std::size_t kShownBytes = 30;

}  // namespace

Descent::Descent(std::string_view query, const Limits& limits)
    : query_(query), limits_(limits), lexer_(query), current_(lexer_.next()) {}

Parsed<ExpressionPtr> Descent::whole_expression() {
  if (at(TokenKind::kEnd)) return refuse(0, "there is no expression");
  CEEMS_TRY(ExpressionPtr expression, binary(kLowestPrecedence));
  if (!at(TokenKind::kEnd)) return unexpected("an operator or the end");
  return expression;
}

Parsed<VectorSelector> Descent::whole_selector() {
  const Token first = current_;
  const std::string_view name = text();
  const bool named =
      (at(TokenKind::kWord) && can_name_metric(current_.keyword)) || at(TokenKind::kMetricWord);
  if (named) advance();
  if (!named && !at(TokenKind::kLeftBrace)) return unexpected("a selector");
  CEEMS_TRY(ExpressionPtr expression, selector(named ? name : std::string_view{}, first.begin));
  if (!at(TokenKind::kEnd)) return unexpected("the end of the selector");
  return std::move(*expression->as<VectorSelector>());
}

Parsed<void> Descent::expect(TokenKind kind, std::string_view wanted) {
  if (!at(kind)) return unexpected(wanted);
  advance();
  return {};
}

std::string Descent::describe_current() const {
  if (at(TokenKind::kEnd)) return "end of input";
  const std::string_view whole = text();
  std::string_view shown = whole;
  if (shown.size() > kShownBytes) {
    shown = shown.substr(0, kShownBytes);
    while (!shown.empty() && !base::is_valid_utf8(shown))
      shown.remove_suffix(1);
  }
  if (at(TokenKind::kString))
    return base::is_valid_utf8(whole)
               ? fmt::format("string {}{}", shown, whole.size() > shown.size() ? "…" : "")
               : "string";
  return fmt::format("'{}{}'", shown, whole.size() > shown.size() ? "…" : "");
}

std::unexpected<ParseError> Descent::unexpected(std::string_view wanted) const {
  // The lexer knows better what is wrong.
  if (at(TokenKind::kError)) return refuse(current_.begin, lexer_.error());
  if (wanted.empty()) return refuse(current_.begin, fmt::format("unexpected {}", describe_current()));
  return refuse(current_.begin, fmt::format("unexpected {}, expected {}", describe_current(), wanted));
}

std::unexpected<ParseError> Descent::refuse(std::size_t offset, std::string message) {
  return std::unexpected(ParseError{offset, std::move(message), false});
}

std::unexpected<ParseError> Descent::too_large(std::size_t offset, std::string message) {
  return std::unexpected(ParseError{offset, std::move(message), true});
}

std::unexpected<ParseError> Descent::too_deep() const {
  return too_large(current_.begin, fmt::format("nested deeper than {} levels", limits_.nesting));
}

Parsed<ExpressionPtr> Descent::make(std::size_t offset, Expression::Node node) const {
  auto made = std::make_unique<Expression>(Expression{std::move(node), offset, 1});
  std::size_t tallest = 0;
  for_each_child(*made, [&](const Expression& child) { tallest = std::max(tallest, child.height); });
  made->height = tallest + 1;
  if (made->height > limits_.height)
    return too_large(offset, fmt::format("more than {} operations on top of each other", limits_.height));
  return made;
}

}  // namespace ceems::promql
