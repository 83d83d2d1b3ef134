#include "promql/operators.h"

#include <algorithm>
#include <array>

namespace ceems::promql {

namespace {

struct Binary {
  BinaryOperator op;
  TokenKind token;
  Keyword keyword;
  std::string_view text;
  int precedence;
};

// In the order of the enumeration.
constexpr std::array kBinary = std::to_array<Binary>({
    {BinaryOperator::kOr, TokenKind::kWord, Keyword::kOr, "or", 1},
    {BinaryOperator::kAnd, TokenKind::kWord, Keyword::kAnd, "and", 2},
    {BinaryOperator::kUnless, TokenKind::kWord, Keyword::kUnless, "unless", 2},
    {BinaryOperator::kEqual, TokenKind::kEqual, Keyword::kNone, "==", 3},
    {BinaryOperator::kNotEqual, TokenKind::kNotEqual, Keyword::kNone, "!=", 3},
    {BinaryOperator::kLess, TokenKind::kLess, Keyword::kNone, "<", 3},
    {BinaryOperator::kLessEqual, TokenKind::kLessEqual, Keyword::kNone, "<=", 3},
    {BinaryOperator::kGreater, TokenKind::kGreater, Keyword::kNone, ">", 3},
    {BinaryOperator::kGreaterEqual, TokenKind::kGreaterEqual, Keyword::kNone, ">=", 3},
    {BinaryOperator::kTrimUpper, TokenKind::kTrimUpper, Keyword::kNone, "</", 3},
    {BinaryOperator::kTrimLower, TokenKind::kTrimLower, Keyword::kNone, ">/", 3},
    {BinaryOperator::kAdd, TokenKind::kPlus, Keyword::kNone, "+", 4},
    {BinaryOperator::kSubtract, TokenKind::kMinus, Keyword::kNone, "-", 4},
    {BinaryOperator::kMultiply, TokenKind::kStar, Keyword::kNone, "*", 5},
    {BinaryOperator::kDivide, TokenKind::kSlash, Keyword::kNone, "/", 5},
    {BinaryOperator::kModulo, TokenKind::kPercent, Keyword::kNone, "%", 5},
    {BinaryOperator::kAtan2, TokenKind::kWord, Keyword::kAtan2, "atan2", 5},
    {BinaryOperator::kPower, TokenKind::kCaret, Keyword::kNone, "^", 6},
});

const Binary& entry(BinaryOperator op) {
  return kBinary[static_cast<std::size_t>(op)];
}

struct Aggregation {
  AggregationOperator op;
  Keyword keyword;
  std::string_view text;
  bool parameter;
};

// In the order of the enumeration.
constexpr std::array kAggregations = std::to_array<Aggregation>({
    {AggregationOperator::kAvg, Keyword::kAvg, "avg", false},
    {AggregationOperator::kBottomk, Keyword::kBottomk, "bottomk", true},
    {AggregationOperator::kCount, Keyword::kCount, "count", false},
    {AggregationOperator::kCountValues, Keyword::kCountValues, "count_values", true},
    {AggregationOperator::kGroup, Keyword::kGroup, "group", false},
    {AggregationOperator::kLimitk, Keyword::kLimitk, "limitk", true},
    {AggregationOperator::kLimitRatio, Keyword::kLimitRatio, "limit_ratio", true},
    {AggregationOperator::kMax, Keyword::kMax, "max", false},
    {AggregationOperator::kMin, Keyword::kMin, "min", false},
    {AggregationOperator::kQuantile, Keyword::kQuantile, "quantile", true},
    {AggregationOperator::kStddev, Keyword::kStddev, "stddev", false},
    {AggregationOperator::kStdvar, Keyword::kStdvar, "stdvar", false},
    {AggregationOperator::kSum, Keyword::kSum, "sum", false},
    {AggregationOperator::kTopk, Keyword::kTopk, "topk", true},
});

}  // namespace

std::string_view operator_text(BinaryOperator op) {
  return entry(op).text;
}

std::optional<BinaryOperator> binary_operator(const Token& token) {
  const auto found = std::ranges::find_if(kBinary, [&](const Binary& candidate) {
    return candidate.token == token.kind &&
           (token.kind != TokenKind::kWord || candidate.keyword == token.keyword);
  });
  if (found == kBinary.end()) return std::nullopt;
  return found->op;
}

int precedence(BinaryOperator op) {
  return entry(op).precedence;
}

bool is_comparison(BinaryOperator op) {
  return op >= BinaryOperator::kEqual && op <= BinaryOperator::kGreaterEqual;
}

bool is_set_operator(BinaryOperator op) {
  return op <= BinaryOperator::kUnless;
}

bool is_duration_operator(BinaryOperator op) {
  return op >= BinaryOperator::kAdd && op != BinaryOperator::kAtan2;
}

std::string_view operator_text(AggregationOperator op) {
  return kAggregations[static_cast<std::size_t>(op)].text;
}

std::optional<AggregationOperator> aggregation_operator(Keyword keyword) {
  if (keyword == Keyword::kNone) return std::nullopt;
  const auto found = std::ranges::find(kAggregations, keyword, &Aggregation::keyword);
  if (found == kAggregations.end()) return std::nullopt;
  return found->op;
}

bool takes_parameter(AggregationOperator op) {
  return kAggregations[static_cast<std::size_t>(op)].parameter;
}

}  // namespace ceems::promql
