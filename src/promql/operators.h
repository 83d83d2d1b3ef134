// Operators of PromQL: binary ones with their binding strength, and aggregations. Thread-safe.
// https://prometheus.io/docs/prometheus/latest/querying/operators/
#pragma once

#include "promql/token.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace ceems::promql {

enum class BinaryOperator : std::uint8_t {
  kOr,
  kAnd,
  kUnless,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kTrimUpper,
  kTrimLower,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kAtan2,
  kPower,
};

std::string_view operator_text(BinaryOperator op);
std::optional<BinaryOperator> binary_operator(const Token& token);

// From 1 for `or` to 6 for `^`. A sign binds like `*`. All group to the left but `^`.
int precedence(BinaryOperator op);
inline constexpr int kLowestPrecedence = 1;
inline constexpr int kSignPrecedence = 5;
inline constexpr int kPowerPrecedence = 6;

bool is_comparison(BinaryOperator op);  // what `bool` may follow
bool is_set_operator(BinaryOperator op);
bool is_duration_operator(BinaryOperator op);  // + - * / % ^, which durations know too

enum class AggregationOperator : std::uint8_t {
  kAvg,
  kBottomk,
  kCount,
  kCountValues,
  kGroup,
  kLimitk,
  kLimitRatio,
  kMax,
  kMin,
  kQuantile,
  kStddev,
  kStdvar,
  kSum,
  kTopk,
};

std::string_view operator_text(AggregationOperator op);
std::optional<AggregationOperator> aggregation_operator(Keyword keyword);
bool takes_parameter(AggregationOperator op);

}  // namespace ceems::promql
