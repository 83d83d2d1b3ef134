// Selectors, their matchers and what may follow them: ranges, subqueries, @, offset, anchored, smoothed.
#include "promql/descent.h"
#include "promql/literals.h"
#include "promql/names.h"

#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace ceems::promql {

namespace {

constexpr double kMillisecondLimit = 9223372036854775807.0;  // 2^63

// The milliseconds that servers compute from the seconds; nullopt if they would compute others from the
// printed milliseconds, which happens far beyond any time that a sample can have.
std::optional<std::int64_t> timestamp_ms(double seconds) {
  const double exact = std::round(seconds * 1000);
  if (!(std::abs(exact) < kMillisecondLimit)) return std::nullopt;
  const auto milliseconds = static_cast<std::int64_t>(exact);
  const double again = static_cast<double>(milliseconds) / 1000;
  if (std::round(again * 1000) != exact) return std::nullopt;
  return milliseconds;
}

// Where the modifiers of an expression are kept; null pointers if it can have none.
struct Modifiers {
  std::optional<At>* at = nullptr;
  std::optional<DurationExpression>* offset = nullptr;
};

Modifiers modifiers_of(Expression& expression) {
  if (VectorSelector* selector = selector_of(expression)) return {&selector->at, &selector->offset};
  if (auto* subquery = expression.as<Subquery>()) return {&subquery->at, &subquery->offset};
  return {};
}

std::optional<MatchType> match_type(TokenKind kind) {
  switch (kind) {
    case TokenKind::kAssign:
      return MatchType::kEqual;
    case TokenKind::kNotEqual:
      return MatchType::kNotEqual;
    case TokenKind::kRegex:
      return MatchType::kRegex;
    case TokenKind::kNotRegex:
      return MatchType::kNotRegex;
    default:
      return std::nullopt;
  }
}

}  // namespace

VectorSelector* selector_of(Expression& expression) {
  if (auto* range = expression.as<RangeSelector>()) return &range->selector;
  return expression.as<VectorSelector>();
}

Parsed<ExpressionPtr> Descent::selector(std::string_view name, std::size_t offset) {
  if (++selectors_ > limits_.selectors)
    return too_large(offset, fmt::format("more than {} selectors", limits_.selectors));
  VectorSelector made;
  made.name = name;
  if (at(TokenKind::kLeftBrace)) {
    CEEMS_TRY(made.matchers, braces());
  }
  return make(offset, std::move(made));
}

Parsed<std::vector<Matcher>> Descent::braces() {
  advance();
  std::vector<Matcher> matchers;
  while (!at(TokenKind::kRightBrace)) {
    CEEMS_TRY(Matcher made, matcher());
    matchers.push_back(std::move(made));
    if (!at(TokenKind::kComma)) break;
    advance();
  }
  CEEMS_TRY_VOID(expect(TokenKind::kRightBrace, "',' or '}'"));
  return matchers;
}

Parsed<Matcher> Descent::matcher() {
  const std::size_t offset = current_.begin;
  const bool quoted = at(TokenKind::kString);
  std::string name(text());
  if (quoted) {
    CEEMS_TRY(name, string_value());
  } else if (at(TokenKind::kWord)) {
    advance();
  } else {
    return unexpected("a label or '}'");
  }
  const auto type = match_type(current_.kind);
  if (!type && quoted) return Matcher::equal(std::string(kMetricNameLabel), std::move(name));
  if (!type) return unexpected("one of = != =~ !~");
  if (!is_label_name(name)) return refuse(offset, "this cannot be the name of a label");
  advance();
  const std::size_t value_offset = current_.begin;
  CEEMS_TRY(std::string value, string_value());
  auto made = Matcher::make(*type, std::move(name), std::move(value));
  if (!made)
    return std::unexpected(
        ParseError{value_offset, made.error().message, made.error().code == base::ErrorCode::kTooLarge});
  pattern_size_ += made->program_size();
  if (pattern_size_ > limits_.pattern_size)
    return too_large(value_offset, "the patterns of the query take too much memory");
  return *std::move(made);
}

Parsed<ExpressionPtr> Descent::range_or_subquery(ExpressionPtr expression) {
  const std::size_t bracket = current_.begin;
  advance();
  CEEMS_TRY(DurationExpression range, positive_duration());
  if (at(TokenKind::kColon)) {
    advance();
    Subquery made;
    if (!at(TokenKind::kRightBracket)) {
      CEEMS_TRY(made.step, positive_duration());
    }
    CEEMS_TRY_VOID(expect(TokenKind::kRightBracket, "']'"));
    const std::size_t offset = expression->offset;
    made.range = std::move(range);
    made.expression = std::move(expression);
    return make(offset, std::move(made));
  }
  CEEMS_TRY_VOID(expect(TokenKind::kRightBracket, "':' or ']'"));
  auto* selector = expression->as<VectorSelector>();
  if (selector == nullptr) return refuse(bracket, "only a selector can have a range; a subquery has a ':'");
  if (selector->offset && selector->offset->is_literal())
    return refuse(bracket, "the offset stands behind the range");
  if (selector->at && selector->at->kind == At::Kind::kTime)
    return refuse(bracket, "the @ modifier stands behind the range");
  return make(expression->offset, RangeSelector{std::move(*selector), std::move(range)});
}

Parsed<void> Descent::at_modifier(Expression& expression) {
  const std::size_t offset = current_.begin;
  advance();
  CEEMS_TRY(const At value, at_value());
  const Modifiers modifiers = modifiers_of(expression);
  if (modifiers.at == nullptr) return refuse(offset, "the @ modifier belongs to a selector or a subquery");
  if (modifiers.at->has_value()) return refuse(offset, "the @ modifier is there twice");
  *modifiers.at = value;
  return {};
}

Parsed<At> Descent::at_value() {
  if (at(Keyword::kStart) || at(Keyword::kEnd)) {
    const At::Kind kind = at(Keyword::kStart) ? At::Kind::kStart : At::Kind::kEnd;
    advance();
    CEEMS_TRY_VOID(expect(TokenKind::kLeftParen, "'('"));
    CEEMS_TRY_VOID(expect(TokenKind::kRightParen, "')'"));
    return At{kind, {}};
  }
  const std::size_t offset = current_.begin;
  const bool negate = at(TokenKind::kMinus);
  if (negate || at(TokenKind::kPlus)) advance();
  if (!at(TokenKind::kNumber) && !at(TokenKind::kDuration)) return unexpected("a time, start() or end()");
  CEEMS_TRY(const double seconds, number_value());
  const auto milliseconds = timestamp_ms(negate ? -seconds : seconds);
  if (!milliseconds) return refuse(offset, "the time of the @ modifier is out of range");
  return At{At::Kind::kTime, std::chrono::milliseconds(*milliseconds)};
}

Parsed<void> Descent::offset_modifier(Expression& expression) {
  const std::size_t offset = current_.begin;
  advance();
  CEEMS_TRY(DurationExpression value, offset_duration());
  const Modifiers modifiers = modifiers_of(expression);
  if (modifiers.offset == nullptr) return refuse(offset, "an offset belongs to a selector or a subquery");
  if (modifiers.offset->has_value()) return refuse(offset, "the offset is there twice");
  if (!value.is_literal() || value.seconds != 0) *modifiers.offset = std::move(value);
  return {};
}

Parsed<void> Descent::extension_modifier(Expression& expression) {
  const Extension wanted = at(Keyword::kAnchored) ? Extension::kAnchored : Extension::kSmoothed;
  VectorSelector* selector = selector_of(expression);
  if (selector == nullptr) return refuse(current_.begin, fmt::format("'{}' belongs to a selector", text()));
  if (selector->extension != Extension::kNone && selector->extension != wanted)
    return refuse(current_.begin, "a selector is either anchored or smoothed");
  selector->extension = wanted;
  advance();
  return {};
}

}  // namespace ceems::promql
